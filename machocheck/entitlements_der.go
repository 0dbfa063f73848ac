package machocheck

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Tags of DER that entitlements are made of. A dictionary is a sequence of
// pairs in a context-specific tag; before macOS 12 it was a set of them.
const (
	derBoolean     = 0x01
	derInteger     = 0x02
	derOctets      = 0x04
	derUTF8        = 0x0c
	derSequence    = 0x30
	derSet         = 0x31
	derApplication = 0x70 // the whole, with the number of its form
	derDictionary  = 0xb0
)

var errDEREnd = errors.New("DER that is cut off")

// derElement takes the first element off.
func derElement(raw []byte) (tag byte, content, rest []byte, err error) {
	if len(raw) < 2 {
		return 0, nil, nil, errDEREnd
	}
	tag, raw = raw[0], raw[1:]
	n := int(raw[0])
	raw = raw[1:]
	if n >= 0x80 {
		bytes := n & 0x7f
		if bytes == 0 || bytes > 3 || bytes > len(raw) { // a blob is far below 2^24
			return 0, nil, nil, fmt.Errorf("DER with a length of %d bytes", bytes)
		}
		n = 0
		for _, b := range raw[:bytes] {
			n = n<<8 | int(b)
		}
		raw = raw[bytes:]
	}
	if n > len(raw) {
		return 0, nil, nil, errDEREnd
	}
	return tag, raw[:n], raw[n:], nil
}

// derEntitlements reads the form that the kernel looks at.
func derEntitlements(raw []byte) (map[string]string, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	tag, content, _, err := derElement(raw)
	if err != nil {
		return nil, err
	}
	if tag == derApplication {
		if tag, _, content, err = derElement(content); err != nil {
			return nil, err
		}
		if tag != derInteger {
			return nil, fmt.Errorf("DER with tag %#x: want the number of its form", tag)
		}
		if tag, content, _, err = derElement(content); err != nil {
			return nil, err
		}
	}
	if tag != derDictionary && tag != derSet && tag != derSequence {
		return nil, fmt.Errorf("DER with tag %#x: want a dictionary", tag)
	}
	dictionary, err := derPairs(content, 0)
	if err != nil {
		return nil, err
	}
	return flatten(dictionary)
}

// derPairs reads the pairs of a dictionary.
func derPairs(raw []byte, depth int) (map[string]any, error) {
	dictionary := map[string]any{}
	for len(raw) > 0 {
		tag, pair, rest, err := derElement(raw)
		if err != nil {
			return nil, err
		}
		keyTag, key, value, err := derElement(pair)
		if err != nil {
			return nil, err
		}
		if tag != derSequence || keyTag != derUTF8 {
			return nil, fmt.Errorf("DER with tags %#x and %#x: want a pair with its key", tag, keyTag)
		}
		if dictionary[string(key)], _, err = derValue(value, depth+1); err != nil {
			return nil, err
		}
		raw = rest
	}
	return dictionary, nil
}

func derValue(raw []byte, depth int) (value any, rest []byte, err error) {
	if depth > maxDepth {
		return nil, nil, fmt.Errorf("DER nested more than %d deep", maxDepth)
	}
	tag, content, rest, err := derElement(raw)
	if err != nil {
		return nil, nil, err
	}
	switch tag {
	case derBoolean:
		return len(content) == 1 && content[0] != 0, rest, nil
	case derInteger:
		if len(content) == 0 || len(content) > 8 {
			return nil, nil, fmt.Errorf("DER with an integer of %d bytes", len(content))
		}
		n := int64(int8(content[0])) // the first byte has the sign
		for _, b := range content[1:] {
			n = n<<8 | int64(b)
		}
		return strconv.FormatInt(n, 10), rest, nil
	case derUTF8:
		return string(content), rest, nil
	case derOctets:
		return hex.EncodeToString(content), rest, nil
	case derDictionary, derSet:
		value, err = derPairs(content, depth)
		return value, rest, err
	case derSequence:
		list := []any{}
		for len(content) > 0 {
			var item any
			if item, content, err = derValue(content, depth+1); err != nil {
				return nil, nil, err
			}
			list = append(list, item)
		}
		return list, rest, nil
	}
	return nil, nil, fmt.Errorf("DER with tag %#x", tag)
}
