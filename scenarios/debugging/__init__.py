"""Debugging: talks about a buggy program, with a plan or without: fixes that are listed, questions and what they are like."""
