"""For authors: the commands that begin an essay and draw its card. The site is built without them."""
