"""Extensions of Typer: commands, groups, common options, completion."""
