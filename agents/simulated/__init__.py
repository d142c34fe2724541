"""agents/simulated"""
