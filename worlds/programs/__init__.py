"""worlds/programs"""
