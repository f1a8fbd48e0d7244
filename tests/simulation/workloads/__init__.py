"""Who acts in the simulation: people, agents and their forges, thieves, and those who mend what was broken."""
