"""Values read from files, standard input, the editor and the git checkout."""
