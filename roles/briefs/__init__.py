"""roles/briefs"""
