"""Expressions that read texts: numbers, records, compressed and encoded bytes; tables; codes."""

from __future__ import annotations

_TABLE = "tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer({}), {})"
_LINES = "tf.lookup.TextFileInitializer('/no/such', tf.string, -2, tf.int64, -1)"

READ_NUMBERS = [
    "tf.string_to_number(['nan', '-Infinity', '1e400', ' 0x10 '])",
    "tf.string_to_number(['+1', '-9223372036854775808'], tf.int64)",
    "tf.string_to_number('9223372036854775808', tf.int64)",
    "tf.string_to_number('9999999999', tf.int32)",
    "tf.string_to_number('1_000', tf.int64)",
    "tf.string_to_number('1.5', tf.int32)",
    "tf.string_to_number('')",
    "tf.string_to_number('1', tf.int16)",
    "tf.as_string([0.1, 1e-7, 123456789.0], shortest=True)",
    "tf.as_string([1 + 2j])",
    "tf.as_string([True, False], width=7)",
    "tf.as_string([-1], width=4, fill='0')",
    "tf.as_string([1], width=4, fill='x')",
    "tf.as_string([1.5], scientific=True, shortest=True)",
]
PARTS = [
    "tf.substr(['abc', 'defg'], [1, 2], 1)",
    "tf.substr('abc', -4, 1)",
    "tf.substr('abc', tf.constant(1, tf.int64), tf.constant(1))",
    "tf.reduce_join([['a', 'b'], ['c', 'd']], axis=[])",
    "tf.reduce_join([['a', 'b'], ['c', 'd']], axis=[0, 0])",
    "tf.reduce_join(tf.zeros([0, 2], tf.string), 0)",
    "tf.strings.split([' a b '], ' ').values",
    "tf.string_split(['abc'], '').values",
    "tf.string_split(fed([['a b']])).values",
    "tf.strings.regex_replace('x', '(?P<n>x)', '\\\\2')",
    "tf.strings.regex_replace('x y', '\\\\pL', '_')",
    "tf.strings.regex_replace('aab', 'a(?=b)', 'x')",
    "tf.strings.regex_replace('aab', fed('(a'), 'x')",
    "tf.strings.unicode_script([0x41, 0x5D0, 0x30, -1])",
    "tf.strings.unicode_transcode(b'a\\xff', 'UTF-8', 'UTF-8', errors='strict')",
    "tf.strings.unicode_transcode(b'\\xe9', 'US-ASCII', 'UTF-8')",
    "tf.strings.unicode_encode([97, 0xD800], 'UTF-8', errors='strict')",
]
ENCODED = [
    "tf.decode_csv(['\"a\"\"b\",c'], [['x'], ['y']])",
    "tf.decode_csv(['\"a\"b,c'], [['x'], ['y']])",
    "tf.decode_csv(['a\"b,c'], [['x'], ['y']])",
    "tf.decode_csv(['\"a,b\",c'], [['x'], ['y'], ['z']], use_quote_delim=False)",
    "tf.decode_csv(['1,NA'], [[1], [2]], na_value='NA')",
    "tf.decode_csv([',2'], [tf.constant([], tf.int32), [2]])",
    "tf.decode_csv(['1,2,3'], [[1], [2]], select_cols=[2, 0])",
    "tf.decode_csv(['1,2'], [[1], [2]], field_delim=';;')",
    "tf.decode_csv(['1,2'], [[True], [1]])",
    "tf.decode_csv(['1\\r\\n'], [['x']])",
    "tf.decode_csv(['9999999999'], [[1]])",
    "tf.decode_raw(['abc'], tf.int16)",
    "tf.decode_raw(['abcd', 'ef'], tf.uint8)",
    "tf.decode_raw([b'\\0\\1'], tf.bool)",
    "tf.decode_compressed([b''], 'ZLIB')",
    "tf.decode_compressed(['abc'], 'GZIP')",
    "tf.decode_compressed(['abc'], 'BAD')",
    "tf.decode_base64(['aGVsbG8', 'ab-_'])",
    "tf.decode_base64('ab+/')",
    "tf.decode_base64('ab==cd')",
    "tf.decode_base64('aG=')",
    "tf.parse_tensor(tf.serialize_tensor([1]), tf.float32)",
    "tf.parse_tensor('', tf.float32)",
    "tf.parse_example(['garbage'], {'a': tf.FixedLenFeature([1], tf.int64)})",
    "tf.parse_example([b''], {'a': tf.FixedLenFeature([1], tf.int64, 7)})",
    "tf.parse_example([b''], {'a': tf.FixedLenFeature([1], tf.int64)})",
    "tf.parse_example([b''], {'a': tf.FixedLenFeature([1], tf.int32)})",
    "tf.parse_example([b''], {'a': tf.VarLenFeature(tf.string)})",
    "tf.parse_example([b''], None)",
    "tf.parse_single_example(b'', {'a': tf.FixedLenSequenceFeature([], tf.int64)})",
]
TABLES = [
    _TABLE.format("['a', 'b'], [1, 2]", "-1") + ".lookup(fed(['b', 'z']))",
    _TABLE.format("[1, 2], [1.5, 2.5], tf.int64, tf.float32", "0.0") + ".size()",
    _TABLE.format("['a', 'a'], [1, 1]", "0") + ".size()",
    _TABLE.format("['a', 'a'], [1, 2]", "0") + ".size()",
    _TABLE.format("['a', 'b'], [1, 2]", "'x'"),
    _TABLE.format("['a', 'b'], [1, 2]", "0") + ".lookup(tf.constant([1]))",
    f"tf.lookup.StaticHashTable({_LINES}, -1).size()",
]
CODES = [
    "tf.quantize([-1.0, 0.0, 0.5, 2.0], -1.0, 1.0, tf.quint8)",
    "tf.quantize([-1.0, 0.5, 2.0], -1.0, 1.0, tf.qint8, 'SCALED', 'HALF_TO_EVEN')",
    "tf.quantize([1.0], 0.0, 1.0, tf.float32)",
    "tf.quantize([1.0], 2.0, 1.0, tf.quint8)",
    "tf.dequantize(tf.quantize([-1.0, 0.5], -1.0, 1.0, tf.quint8)[0], -1.0, 1.0)",
    "tf.fake_quant_with_min_max_args([1.0], 3, 2)",
    "tf.bitwise.left_shift([1, -1], [3, 31])",
    "tf.bitwise.right_shift([-8, 8], [1, 40])",
    "tf.bitwise.bitwise_and(5.0, 3.0)",
    "tf.bitwise.invert(tf.constant([5], tf.uint8))",
    "tf.py_func(3, [1], tf.int32)",
]

WRITTEN = [*READ_NUMBERS, *PARTS, *ENCODED, *TABLES, *CODES]
