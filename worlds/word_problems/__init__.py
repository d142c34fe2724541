"""worlds/word_problems"""
