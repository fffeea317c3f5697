"""Strings: what samples cannot say, with values worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops
from graphflow.ops import _re2
from graphflow.ops.kernels import farmhash, murmur, siphash


def run(tensor, feed_dict=None):
    return tf.Session().run(tensor, feed_dict)


def test_text_can_be_fed():
    s = tf.placeholder(tf.string, [None])
    joined = tf.string_join([s, "!"])
    assert run(joined, {s: ["a", "ü"]}).tolist() == [b"a!", "ü!".encode()]
    assert run(joined, {s: np.array(["a", "bc"])}).tolist() == [b"a!", b"bc!"]
    assert run(joined, {s: np.array([b"a\0"], object)}).tolist() == [b"a\0!"]


def test_scalars_are_bytes():
    assert run(tf.string_join(["a", "b"], separator="-")) == b"a-b"
    assert run(tf.strings.upper(tf.constant("ab"))) == b"AB"
    assert run(tf.reduce_join(["a", "b"])) == b"ab"


def test_reduced_axes_run_in_their_order():
    a = [["a", "b"], ["c", "d"]]
    assert run(tf.reduce_join(a, [0, 1], separator=".")) == b"a.c.b.d"
    assert run(tf.reduce_join(a, [1, 0], separator=".")) == b"a.b.c.d"
    assert run(tf.reduce_join(a, 1, keepdims=True)).tolist() == [[b"ab"], [b"cd"]]
    unknown = tf.placeholder(tf.string)
    assert run(tf.reduce_join(unknown), {unknown: a}) == b"abcd"


def test_old_names_of_arguments():
    a = [["a", "b"], ["c", "d"]]
    assert run(tf.reduce_join(a, reduction_indices=0, keep_dims=True)).tolist() == [[b"ac", b"bd"]]
    with pytest.raises(ValueError, match="not both"):
        tf.reduce_join(a, axis=0, reduction_indices=0)
    assert run(tf.string_split(["a,b"], delimiter=",").values).tolist() == [b"a", b"b"]
    assert run(tf.string_to_number(input="7")) == 7
    with pytest.raises(ValueError, match="is missing"):
        tf.string_to_hash_bucket(["a"])


def test_sparse_parts_of_a_matrix():
    parts = run(tf.strings.split([["a b", ""], ["c", "d e f"]]))
    assert parts.dense_shape.tolist() == [2, 2, 3]
    assert parts.indices.tolist() == [
        [0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 2],
    ]  # fmt: skip
    assert parts.values.tolist() == [b"a", b"b", b"c", b"d", b"e", b"f"]


def test_ragged_results_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="result_type"):
        tf.strings.split(["a b"], result_type="RaggedTensor")
    with pytest.raises(NotImplementedError, match="RaggedTensor"):
        tf.strings.bytes_split(["ab", "c"])
    with pytest.raises(NotImplementedError, match="unicode_decode of a tensor of rank 1"):
        tf.strings.unicode_decode(["ab", "c"], "UTF-8")
    with pytest.raises(ValueError, match="known rank"):
        tf.strings.split(tf.placeholder(tf.string))


def test_more_splits_than_parts():
    assert run(tf.strings.split(["a b"], maxsplit=2).values).tolist() == [b"a", b"b", b""]
    assert run(tf.strings.split(["a b"], maxsplit=3).values).tolist() == [b"a", b"b"]


# -- hashes ----------------------------------------------------------------------------------------


def test_hashes_of_known_strings():
    """Values of TensorFlow 2.21, modulo 2**62."""
    texts = [b"a", b"hello", b"", b"\x00\xff", b"x" * 100]
    fast = [
        3694432073954588131, 3786372426573024488, 1936946117179621455, 2909837915285000904,
        1978794067220662815,
    ]  # fmt: skip
    legacy = [
        2996632905371535868, 1331861223480393034, 105434511174508091, 1751249499085313975,
        1482511825497849095,
    ]  # fmt: skip
    strong = [
        1380271951645389367, 1841346816425267620, 2687967955150315968, 2116981121584421078,
        3549159015524104035,
    ]  # fmt: skip
    for hashes, expected in (
        (farmhash.fingerprint64(texts), fast),
        (murmur.hash64(texts), legacy),
        (siphash.siphash(texts, (123456789, 987654321)), strong),
    ):
        assert (hashes % np.uint64(2**62)).tolist() == expected


def test_a_hash_depends_on_its_string_alone():
    """Neighbours in a batch, and their lengths, change nothing."""
    generator = np.random.RandomState(3)
    texts = [generator.bytes(length) for length in generator.permutation(300)]
    for hashed in (farmhash.fingerprint64, murmur.hash64, lambda t: siphash.siphash(t, (1, 2))):
        together = hashed(texts).tolist()
        assert together == [hashed([text])[0] for text in texts]


def test_siphash_of_the_paper():
    """The example in appendix A of the paper: key 00..0f, message 00..0e."""
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash.siphash([bytes(range(15))], key)[0] == 0xA129CA6149BE45E5


# -- regular expressions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        (r"\d+", ["12"], ["٣", "1a"]),
        (r"\w\W", ["a-", "_ä"], ["ab", "ä-"]),
        (r".", ["a", "ä"], [b"\xff", "\n", "ab"]),
        (r"(?s).", ["\n"], [b"\xff"]),
        (r"a|(?i)b", ["a", "b", "B"], ["A"]),
        (r"(?i:a)b", ["Ab", "ab"], ["AB"]),
        (r"(?i)ä(?-i)b", ["Äb"], ["ÄB"]),
        (r"[[:upper:]\d]{2}", ["A1"], ["a1"]),
        (r"[^\D]", ["1"], ["a"]),
        (r"[^[:^digit:]]", ["1"], ["a"]),
        (r"\pL\p{Nd}\PL", ["ä1-"], ["1a-"]),
        (r"[\p{Lu}x]+", ["ÄxB"], ["äx"]),
        (r"\x41\x{e4}\101\0", ["AäA\0"], ["A"]),
        (r"\Qa.b\E+", ["a.b", "a.bb"], ["axb"]),
        (r"a{,2}", ["a{,2}"], ["aa"]),
        (r"[a-c\-\]]+", ["a-]b"], ["d"]),
        (r"\Aab\z", ["ab"], ["ab\n"]),
        (r"ab$", ["ab"], ["ab\n"]),
        (r"(?U)a+?b", ["aab"], ["b"]),
    ],
)
def test_patterns(pattern, matching, others):
    compiled = _re2.compiled(pattern.encode()).pattern
    for text in matching + others:
        data = text if isinstance(text, bytes) else text.encode()
        found = compiled.fullmatch(_re2.decoded(data)) is not None
        assert found == (text in matching), text


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[a", "*a", "a**", "a++", "(?=a)", "(?<!a)", r"(a)\1", r"\Z", "(?<n>a)", "a{1001}",
     r"\C", r"\p{Greek}", "[[:nope:]]", r"\x{110000}", "a\\", "(?x)a", r"\q"],
)  # fmt: skip
def test_patterns_that_are_refused(pattern):
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(repr(pattern.encode()))):
        _re2.compiled(pattern.encode())


def test_a_pattern_must_be_utf8():
    with pytest.raises(tf.errors.InvalidArgumentError, match="not UTF-8"):
        _re2.compiled(b"\xff")


def test_replacements():
    def replaced(text, pattern, rewrite, **options):
        return run(tf.regex_replace(text, pattern, rewrite, **options))

    assert replaced("abxd", "x*", "-") == b"-a-b-d-"
    assert replaced("banana", "(a)(n)?", r"[\2\1]") == b"b[na][na][a]"
    assert replaced("banana", "a", r"\\", replace_global=False) == rb"b\nana"
    assert replaced("banana", "a", r"\1") == b"banana"  # there is no group 1
    assert replaced(b"a\xffb", "[ab]", "") == b"\xff"


# -- numbers ---------------------------------------------------------------------------------------


def test_numbers_written_in_unusual_ways():
    assert run(tf.string_to_number([" 0x1p4 ", "-iNf", "1e400"])).tolist() == [16, -np.inf, np.inf]
    assert run(tf.string_to_number([" +7 ", "-0"], tf.int64)).tolist() == [7, 0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="b'1_0' is no int32"):
        run(tf.string_to_number(["1", "1_0"], tf.int32))


def test_a_summary_of_an_array():
    text = tf.strings.format("{}|{}", (tf.constant([["a", 'q"']]), tf.range(7)), summarize=2)
    assert run(text) == b'[["a" "q\\""]]|[0 1 ... 5 6]'
    with pytest.raises(ValueError, match="has 1 placeholders"):
        tf.strings.format("{}", (1, 2))


# -- unicode ---------------------------------------------------------------------------------------


def test_replaced_bytes_have_offsets():
    codes, starts = tf.strings.unicode_decode_with_offsets(b"a\xff\xe4\xb8b", "UTF-8")
    assert run(codes).tolist() == [97, 0xFFFD, 0xFFFD, 98]
    assert run(starts).tolist() == [0, 1, 2, 4]


def test_rows_of_characters():
    codes = tf.placeholder(tf.int32, [None, None, 2])
    words = tf.strings.unicode_encode(codes, "UTF-8")
    assert words.shape.ndims in (None, 2)
    fed = {codes: [[[72, 105], [111, 107]], [[72, 111], [97, 0xE4]]]}
    assert run(words, fed).tolist() == [[b"Hi", b"ok"], [b"Ho", "aä".encode()]]
    with pytest.raises(ValueError, match="rank 1 or more"):
        tf.strings.unicode_encode(72, "UTF-8")


def test_arguments_of_ngrams():
    with pytest.raises(ValueError, match="padding_width needs pad_values"):
        tf.strings.ngrams(["a"], 2, padding_width=1)
    with pytest.raises(ValueError, match="must be positive"):
        tf.strings.ngrams(["a"], 0)
    none = tf.strings.ngrams(tf.zeros([2, 0], tf.string), 2)
    assert run(none).shape == (2, 0)


def test_attributes_are_those_of_tensorflow():
    node = tf.strings.unicode_transcode("a", "UTF-8", "UTF-16-BE", errors="ignore").op
    assert node.get_attr("errors") == b"ignore"
    split = ops.StringSplitV2(3)
    assert split.attributes() == {"maxsplit": 3}
