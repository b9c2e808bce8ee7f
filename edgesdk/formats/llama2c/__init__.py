"""Reading the files of llama2.c."""
