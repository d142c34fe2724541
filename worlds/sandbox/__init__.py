"""worlds/sandbox"""
