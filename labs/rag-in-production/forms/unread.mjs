// How much of a text never reaches an encoder that reads the first word pieces of each chunk.

export const inputs = [
  {"id": "window", "label": "Word pieces that the encoder reads", "unit": "count", "default": 256, "min": 16, "max": 131072, "step": 1},
  {"id": "chunk", "label": "Words in a chunk", "unit": "count", "default": 360, "min": 1, "max": 100000, "step": 1},
  {"id": "pieces", "label": "Word pieces a word, in your text", "unit": "1", "default": 2.5, "min": 1, "max": 10, "step": 0.01},
  {"id": "text", "label": "Words in a document", "unit": "count", "default": 2000, "min": 1, "max": 10000000, "step": 1}
];

// Two pieces of the window are the encoder's own marks. The last chunk of a document is shorter than the rest.
export function answer({ window, chunk, pieces, text }) {
  const read = Math.floor((window - 2) / pieces);
  const whole = Math.floor(text / chunk), rest = text % chunk;
  return 100 * (1 - (whole * Math.min(read, chunk) + Math.min(read, rest)) / text);
}

export function sentence(unread, { window, pieces }) {
  const fits = Math.floor((window - 2) / pieces);
  return `The encoder never reads ${told(unread)}% of the text. It reads the first ${told(fits)} words of a chunk, so cut there or sooner.`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
