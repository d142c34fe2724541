"""worlds/text_constraints"""
