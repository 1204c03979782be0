def unread_share(tokenizer, chunks, window):
    """Share of the word pieces that an encoder drops."""
    # Pass a copy of the encoder's own: this changes it.
    tokenizer.no_truncation()  # or it counts after the cut
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch(chunks)
    counts = [len(one.ids) for one in encoded]
    return sum(max(n - window, 0) for n in counts) / sum(counts)


def refuse_unread(tokenizer, chunks, window, limit=0.1):
    share = unread_share(tokenizer, chunks, window)
    if share > limit:
        raise ValueError(f"{share:.0%} is past the window")
