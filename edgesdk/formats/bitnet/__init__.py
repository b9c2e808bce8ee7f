"""Reading Hugging Face folders, and writing them: BitNet and Llama."""
