from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate("abcdef")}, unk_token="a"))
tokenizer.pre_tokenizer = Whitespace()
tokenizer.enable_truncation(4)
