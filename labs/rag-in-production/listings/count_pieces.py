def unread_share(tokenizer, chunks, window):
    """Share of the word pieces that an encoder drops."""
    tokenizer.no_truncation()  # or it counts after the cut
    tokenizer.no_padding()
    pieces = [len(one.ids) for one in tokenizer.encode_batch(chunks)]
    return sum(max(n - window, 0) for n in pieces) / sum(pieces)


def refuse_unread(tokenizer, chunks, window, limit=0.05):
    share = unread_share(tokenizer, chunks, window)
    if share > limit:
        raise ValueError(f"{share:.0%} of the text is past the window")
