package machocheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth is how deep lists and dictionaries may be nested; those of Apple's
// tools have three levels.
const maxDepth = 16

// flatten writes the values of a dictionary as text.
func flatten(dictionary map[string]any) (map[string]string, error) {
	flat := make(map[string]string, len(dictionary))
	for key, value := range dictionary {
		switch v := value.(type) {
		case string:
			flat[key] = v
		case bool:
			flat[key] = strconv.FormatBool(v)
		default:
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			flat[key] = string(text)
		}
	}
	return flat, nil
}

// plistEntitlements reads a property list in XML: as much of the form as
// Apple's tools write.
func plistEntitlements(raw []byte) (map[string]string, error) {
	p := plist{text: strings.TrimRight(string(raw), "\x00 \n\r\t")}
	if p.text == "" {
		return nil, nil // an empty blob is what some signers write for none
	}
	tag, err := p.tag()
	if err == nil && tag == "plist" {
		tag, err = p.tag()
	}
	if err != nil {
		return nil, err
	}
	value, err := p.value(tag, 0)
	if err != nil {
		return nil, err
	}
	dictionary, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a property list of <%s>: want <dict>", tag)
	}
	return flatten(dictionary)
}

// A plist is what is left of a property list.
type plist struct{ text string }

var errPlistEnd = errors.New("a property list that is cut off")

// tag returns what is in the next pair of brackets, without attributes.
// Comments, declarations and the text before it are passed over.
func (p *plist) tag() (string, error) {
	for {
		open := strings.IndexByte(p.text, '<')
		if open < 0 {
			return "", errPlistEnd
		}
		p.text = p.text[open+1:]
		end := ">"
		if strings.HasPrefix(p.text, "!--") {
			end = "-->"
		}
		name, rest, ok := strings.Cut(p.text, end)
		if !ok {
			return "", errPlistEnd
		}
		p.text = rest
		if name == "" || name[0] == '?' || name[0] == '!' {
			continue
		}
		if fields := strings.Fields(name); len(fields) > 1 {
			if strings.HasSuffix(name, "/") && !strings.HasSuffix(fields[0], "/") {
				return fields[0] + "/", nil // <true />
			}
			return fields[0], nil
		}
		return name, nil
	}
}

// content returns the text up to the end of an element.
func (p *plist) content(tag string) (string, error) {
	text, rest, ok := strings.Cut(p.text, "</"+tag+">")
	if !ok {
		return "", errPlistEnd
	}
	p.text = rest
	return unescape(text), nil
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

func unescape(s string) string {
	if inner, ok := strings.CutPrefix(s, "<![CDATA["); ok {
		return strings.TrimSuffix(inner, "]]>")
	}
	return entities.Replace(s)
}

// value reads the element that a tag has begun.
func (p *plist) value(tag string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("a property list nested more than %d deep", maxDepth)
	}
	switch tag {
	case "true/":
		return true, nil
	case "false/":
		return false, nil
	case "true", "false":
		_, err := p.content(tag)
		return tag == "true", err
	case "string/", "data/":
		return "", nil
	case "array/":
		return []any{}, nil
	case "dict/":
		return map[string]any{}, nil
	case "string", "date":
		return p.content(tag)
	case "data":
		text, err := p.content(tag)
		return strings.Join(strings.Fields(text), ""), err
	case "integer", "real":
		text, err := p.content(tag)
		return strings.TrimSpace(text), err
	case "array":
		return p.array(depth)
	case "dict":
		return p.dictionary(depth)
	}
	return nil, fmt.Errorf("a property list with <%.40q>", tag)
}

func (p *plist) array(depth int) (any, error) {
	list := []any{}
	for {
		tag, err := p.tag()
		if err != nil {
			return nil, err
		}
		if tag == "/array" {
			return list, nil
		}
		value, err := p.value(tag, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
}

func (p *plist) dictionary(depth int) (any, error) {
	dictionary := map[string]any{}
	for {
		tag, err := p.tag()
		if err != nil {
			return nil, err
		}
		if tag == "/dict" {
			return dictionary, nil
		}
		if tag != "key" {
			return nil, fmt.Errorf("a dictionary with <%.40q>: want <key>", tag)
		}
		key, err := p.content(tag)
		if err != nil {
			return nil, err
		}
		if tag, err = p.tag(); err != nil {
			return nil, err
		}
		if dictionary[key], err = p.value(tag, depth+1); err != nil {
			return nil, err
		}
	}
}
