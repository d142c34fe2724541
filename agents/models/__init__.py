"""Models: language models as players, in process, served, or through LangChain."""
