"""Strings."""

from __future__ import annotations

from graphflow.ops import (
    as_string as as_string,
    regex_full_match as regex_full_match,
    regex_replace as regex_replace,
    string_bytes_split as bytes_split,
    string_format as format,
    string_join as join,
    string_lower as lower,
    string_ngrams as ngrams,
    string_strip as strip,
    string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
    string_upper as upper,
    unicode_decode as unicode_decode,
    unicode_decode_with_offsets as unicode_decode_with_offsets,
    unicode_encode as unicode_encode,
    unicode_script as unicode_script,
    unicode_split as unicode_split,
    unicode_split_with_offsets as unicode_split_with_offsets,
    unicode_transcode as unicode_transcode,
    unsorted_segment_join as unsorted_segment_join,
)
