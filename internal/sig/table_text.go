package sig

import "github.com/siksik-data/siksik/dtype"

// textTable declares string functions. Characters are Unicode code points; positions in SQL functions start at 1.
func textTable() []*Overload {
	return append(append(editTable(), measureTable()...), codingTable()...)
}

// editTable declares functions from text to text.
func editTable() []*Overload {
	return []*Overload{
		scalar("lower(s string) string", strict, "Lower case by Unicode rules."),
		scalar("upper(s string) string", strict, "Upper case by Unicode rules."),
		scalar("initcap(s string) string", strict, "Upper case for the first letter of each word, lower case for the rest."),
		scalar("substr(s string, start bigint, length bigint?) string", strict, "Characters from start (1-based, negative from the end)."),
		scalar("str_slice(s string, offset bigint, length bigint?) string", strict, "Characters from offset (0-based, negative from the end)."),
		scalar("left(s string, count bigint) string", strict, "The first characters; a negative count leaves out the last ones."),
		scalar("right(s string, count bigint) string", strict, "The last characters; a negative count leaves out the first ones."),
		scalar("left_grapheme(s string, count bigint) string", strict, "left in characters as people see them, a letter with its accents being one."),
		scalar("right_grapheme(s string, count bigint) string", strict, "right in characters as people see them."),
		scalar("substring_grapheme(s string, start bigint, length bigint?) string", strict, "substr in characters as people see them."),
		scalar("trim(s string, chars string?) string", strict, "Without the given characters (spaces) at both ends."),
		scalar("ltrim(s string, chars string?) string", strict, "Without the given characters (spaces) at the start."),
		scalar("rtrim(s string, chars string?) string", strict, "Without the given characters (spaces) at the end."),
		scalar("strip_chars(s string, chars string?) string", strict, "Without the given characters (white space) at both ends."),
		scalar("strip_chars_start(s string, chars string?) string", strict, "Without the given characters (white space) at the start."),
		scalar("strip_chars_end(s string, chars string?) string", strict, "Without the given characters (white space) at the end."),
		scalar("strip_prefix(s string, prefix string) string", strict, "Without the prefix, if it is there."),
		scalar("strip_suffix(s string, suffix string) string", strict, "Without the suffix, if it is there."),
		scalar("strip_accents(s string) string", strict, "Letters without their accents."),
		scalar("replace(s string, old string, new string) string", strict, "Every occurrence of old replaced."),
		scalar("replace_n(s string, old string, new string, count bigint) string", strict, "The first count occurrences of old replaced; all if count is negative."),
		scalar("translate(s string, from string, to string) string", strict, "Each character of from replaced by the one at its place in to, or removed."),
		scalar("reverse(s string) string", strict, "Characters in reverse order; a letter and its accents stay together."),
		scalar("repeat(s string, count bigint) string", fallible, "The text so many times."),
		scalar("lpad(s string, length integer, fill string) string", fallible, "Filled on the left, or cut, to a length in characters."),
		scalar("rpad(s string, length integer, fill string) string", fallible, "Filled on the right, or cut, to a length in characters."),
		scalar("concat_op(a string, b string) string", strict, "The operator ||: text after text; null if either is null.", bind(concatOperands)),
		scalar("concat_op(a binary, b binary) binary", strict, "The operator ||: bytes after bytes."),
		scalar("concat_op(a T[], b T[]) T[]", strict, "The operator ||: list after list; null if either is null.", id("concat_op.list")),
		scalar("concat(arg any...) string", 0, "All arguments as text, one after another; nulls are skipped."),
		scalar("concat_ws(sep string, first any, arg any...) string", 0, "All arguments as text with sep between them; nulls are skipped.", id("concat_ws.string_any")),
		scalar("split(s string, sep string) string[]", strict, "The parts between separators; characters for an empty separator."),
		scalar("split_part(s string, sep string, index bigint) string", strict, "One part between separators (1-based, negative from the end); empty if there is none."),
		scalar("format(pattern string, arg any...) string", fallible, "The pattern with {} or {:spec} replaced by the arguments."),
		scalar("printf(pattern string, arg any...) string", fallible, "The pattern with %d, %s, %f … replaced by the arguments."),
		scalar("chr(code integer) string", fallible, "The character with the code point."),
		scalar("bar(x double, low double, high double, width double?) string", fallible, "A bar drawn in block characters."),
	}
}

// concatOperands takes text with anything that is neither a list nor binary.
func concatOperands(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	text := dtype.Of(dtype.String)
	for _, a := range args {
		if a.Type.Kind == dtype.List || a.Type.Kind == dtype.Array || a.Type.Kind == dtype.Binary {
			return nil, text, false
		}
	}
	return []dtype.Type{text, text}, text, true
}

// measureTable declares functions from text to numbers and truth.
func measureTable() []*Overload {
	return []*Overload{
		scalar("length(s string) bigint", strict, "Number of characters."),
		scalar("length_grapheme(s string) bigint", strict, "Number of characters as people see them."),
		scalar("length(s binary) bigint", strict, "Number of bytes."),
		scalar("length(list list) bigint", strict, "Number of elements."),
		scalar("strlen(s string) bigint", strict, "Number of bytes."),
		scalar("strlen(s binary) bigint", strict, "Number of bytes."),
		scalar("bit_length(s string) bigint", strict, "Number of bits."),
		scalar("contains(s string, part string) bool", strict, "Whether part occurs in s."),
		scalar("starts_with(s string, prefix string) bool", strict, "Whether s starts with prefix."),
		scalar("ends_with(s string, suffix string) bool", strict, "Whether s ends with suffix."),
		scalar("instr(s string, part string) bigint", strict, "The position of the first part in s, in characters from 1; 0 if there is none."),
		scalar("str_find(s string, part string) bigint", strict, "The byte offset of the first part in s; null if there is none."),
		scalar("str_count(s string, part string) bigint", strict, "How often part occurs in s, without overlaps."),
		scalar("ascii(s string) integer", strict, "The code point of the first character; 0 for empty text."),
		scalar("unicode(s string) integer", strict, "The code point of the first character; -1 for empty text."),
		scalar("levenshtein(a string, b string) bigint", strict|Commutative, "Edit distance in bytes."),
		scalar("damerau_levenshtein(a string, b string) bigint", strict|Commutative, "Edit distance in bytes, adjacent swaps counting one."),
		scalar("hamming(a string, b string) bigint", fallible|Commutative, "Number of differing bytes of texts of one length."),
		scalar("jaccard(a string, b string) double", fallible|Commutative, "Similarity of the sets of characters."),
		scalar("jaro_similarity(a string, b string) double", strict|Commutative, "Jaro similarity, 0 to 1."),
		scalar("jaro_winkler_similarity(a string, b string) double", strict|Commutative, "Jaro-Winkler similarity, 0 to 1."),
	}
}

// codingTable declares hashes and encodings.
func codingTable() []*Overload {
	return []*Overload{
		scalar("md5(s string) string", strict, "MD5 in hexadecimal."),
		scalar("md5(s binary) string", strict, "MD5 in hexadecimal."),
		scalar("sha1(s string) string", strict, "SHA-1 in hexadecimal."),
		scalar("sha1(s binary) string", strict, "SHA-1 in hexadecimal."),
		scalar("sha256(s string) string", strict, "SHA-256 in hexadecimal."),
		scalar("sha256(s binary) string", strict, "SHA-256 in hexadecimal."),
		scalar("crc32(s string) bigint", strict, "CRC-32 (IEEE)."),
		scalar("crc32(s binary) bigint", strict, "CRC-32 (IEEE)."),
		scalar("hex(s string) string", strict, "The bytes in hexadecimal."),
		scalar("hex(s binary) string", strict, "The bytes in hexadecimal."),
		scalar("hex(x int) string", strict, "The integer in hexadecimal, in two's complement."),
		scalar("unhex(s string) binary", fallible, "Bytes from hexadecimal."),
		scalar("bin(x int) string", strict, "The integer in binary, in two's complement."),
		scalar("bin(s string) string", strict, "The bytes in binary."),
		scalar("to_base(x bigint, base integer, width integer?) string", fallible, "The integer in a base of 2 to 36, padded with zeros."),
		scalar("encode(s string) binary", strict, "The UTF-8 bytes."),
		scalar("decode(s binary) string", fallible, "Text from UTF-8 bytes; fails on others."),
		scalar("to_base64(s binary) string", strict, "Base64."),
		scalar("to_base64(s string) string", strict, "Base64 of the UTF-8 bytes."),
		scalar("from_base64(s string) binary", fallible, "Bytes from base64."),
		scalar("url_encode(s string) string", strict, "Percent-encoding."),
		scalar("url_decode(s string) string", strict, "Text from percent-encoding."),
	}
}
