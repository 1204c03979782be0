"""Authoring: the commands that begin an essay and draw its card.

It knows the owner's words and what a lab recorded; the site is built without it, and nothing there knows of it.
"""
