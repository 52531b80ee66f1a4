package telegramtest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// htmlTags maps each tag Telegram knows to the entity it makes.
var htmlTags = map[string]string{
	"a": "text_link", "b": "bold", "strong": "bold", "i": "italic", "em": "italic",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"u": "underline", "ins": "underline", "pre": "pre", "code": "code",
	"span": "spoiler", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji",
	"blockquote": "blockquote",
}

// openTag is a start tag whose end was not seen yet.
type openTag struct {
	name, value string // value: the one attribute that matters for this tag
	offset      int    // where it begins in the plain text, in UTF-16 units
	at          int    // the same in bytes
}

// htmlParser reads Telegram's HTML byte by byte. It follows the reader of
// TDLib in what it accepts and in the words of its errors, which bots log.
type htmlParser struct {
	src      string
	i        int
	out      []byte
	units    int // length of out in UTF-16 units
	open     []openTag
	entities []Entity
}

// parseHTML returns the text as a person sees it and its entities. Its errors
// are the tails of "can't parse entities: ...".
func parseHTML(src string) (string, []Entity, error) {
	p := &htmlParser{src: src}
	for p.i < len(src) {
		switch c := src[p.i]; {
		case c == '&':
			p.append(p.reference())
		case c == '<':
			if err := p.tag(); err != nil {
				return "", nil, err
			}
		default:
			_, size := utf8.DecodeRuneInString(src[p.i:])
			p.append(src[p.i : p.i+size])
			p.i += size
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, badTextf("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	if !utf8.Valid(p.out) {
		return "", nil, badTextf("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")
	}
	return string(p.out), sortEntities(mergePre(p.entities)), nil
}

func (p *htmlParser) append(s string) {
	p.out = append(p.out, s...)
	p.units += utf16Len(s)
}

// peek is the byte at i, or 0 past the end.
func (p *htmlParser) peek() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

func (p *htmlParser) spaces() {
	for isSpace(p.peek()) {
		p.i++
	}
}

// until moves to the first space, to one of stops, or to the end, and returns
// what it passed, in lower case.
func (p *htmlParser) until(stops string) string {
	from := p.i
	for p.i < len(p.src) && !isSpace(p.src[p.i]) && !strings.ContainsRune(stops, rune(p.src[p.i])) {
		p.i++
	}
	return strings.ToLower(p.src[from:p.i])
}

// reference decodes what begins with & at i, or returns the & itself: an
// unknown name is text.
func (p *htmlParser) reference() string {
	rest := p.src[p.i+1:]
	end := 0
	if strings.HasPrefix(rest, "#") {
		base, digits := 10, "0123456789"
		end = 1
		if strings.HasPrefix(rest, "#x") {
			base, digits, end = 16, "0123456789abcdefABCDEF", 2
		}
		from := end
		for end < len(rest) && strings.IndexByte(digits, rest[end]) >= 0 {
			end++
		}
		n, err := strconv.ParseUint(rest[from:end], base, 32)
		if err != nil || n == 0 || n >= 0x10ffff {
			p.i++
			return "&"
		}
		p.i += 1 + end + semicolon(rest[end:])
		if n >= 0xd800 && n < 0xe000 {
			return "\xed\xa0\x80" // not a character: refused at the end
		}
		return string(rune(n))
	}
	for end < len(rest) && isLetter(rest[end]) {
		end++
	}
	text, ok := map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`}[rest[:end]]
	if !ok {
		p.i++
		return "&"
	}
	p.i += 1 + end + semicolon(rest[end:])
	return text
}

func semicolon(s string) int {
	if strings.HasPrefix(s, ";") {
		return 1
	}
	return 0
}

func (p *htmlParser) tag() error {
	begin := p.i
	p.i++
	if p.peek() == '/' {
		p.i++
		return p.endTag(begin)
	}
	name := p.until(">")
	if p.i >= len(p.src) {
		return badTextf("Unclosed start tag at byte offset %d", begin)
	}
	if htmlTags[name] == "" {
		return badTextf("Unsupported start tag %q at byte offset %d", name, begin)
	}
	tag := openTag{name: name, offset: p.units, at: len(p.out)}
	for p.spaces(); p.peek() != '>'; p.spaces() {
		if err := p.attribute(&tag, begin); err != nil {
			return err
		}
	}
	p.i++
	if name == "span" && tag.value != "tg-spoiler" {
		return badTextf("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	if name == "tg-emoji" {
		if n, err := strconv.ParseInt(tag.value, 10, 64); err != nil || n == 0 {
			return badTextf("Invalid custom emoji identifier specified")
		}
	}
	p.open = append(p.open, tag)
	return nil
}

func (p *htmlParser) attribute(tag *openTag, begin int) error {
	name := p.until("=>")
	if name == "" && p.peek() != 0 {
		return badTextf("Empty attribute name in the tag %q at byte offset %d", tag.name, begin)
	}
	p.spaces()
	value := ""
	if p.peek() == '=' {
		p.i++
		p.spaces()
		if p.peek() == 0 {
			return badTextf("Unclosed start tag %q at byte offset %d", tag.name, begin)
		}
		var err error
		if value, err = p.value(); err != nil {
			return err
		}
	}
	if p.peek() == 0 {
		return badTextf("Unclosed start tag at byte offset %d", begin)
	}
	switch tag.name + " " + name {
	case "a href", "span class", "tg-emoji emoji-id":
		tag.value = value
	case "code class":
		if lang, ok := strings.CutPrefix(value, "language-"); ok {
			tag.value = lang
		}
	case "blockquote expandable":
		tag.value = "expandable"
	}
	return nil
}

func (p *htmlParser) value() (string, error) {
	quote := p.peek()
	if quote != '"' && quote != '\'' {
		from := p.i
		for c := p.peek(); isLetter(c) || c >= '0' && c <= '9' || c == '.' || c == '-'; c = p.peek() {
			p.i++
		}
		if c := p.peek(); !isSpace(c) && c != '>' {
			return "", badTextf("Unexpected end of name token at byte offset %d", from)
		}
		return strings.ToLower(p.src[from:p.i]), nil
	}
	p.i++
	var b strings.Builder
	for p.i < len(p.src) && p.src[p.i] != quote {
		if p.src[p.i] == '&' {
			b.WriteString(p.reference())
			continue
		}
		b.WriteByte(p.src[p.i])
		p.i++
	}
	if p.i < len(p.src) {
		p.i++
	}
	return b.String(), nil
}

func (p *htmlParser) endTag(begin int) error {
	if len(p.open) == 0 {
		return badTextf("Unexpected end tag at byte offset %d", begin)
	}
	name := p.until(">")
	p.spaces()
	if p.peek() != '>' {
		return badTextf("Unclosed end tag at byte offset %d", begin)
	}
	p.i++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name { // </> closes whatever is open
		return badTextf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	e := Entity{Type: htmlTags[tag.name], Offset: tag.offset, Length: p.units - tag.offset}
	switch tag.name {
	case "a":
		target := tag.value
		if target == "" {
			target = string(p.out[tag.at:])
		}
		if e.URL = linkURL(target); e.URL == "" {
			return nil // a link that leads nowhere is plain text
		}
	case "code":
		e.Language = tag.value
	case "tg-emoji":
		e.CustomEmojiID = tag.value
	case "blockquote":
		if tag.value != "" {
			e.Type = "expandable_blockquote"
		}
	}
	if e.Length > 0 {
		p.entities = append(p.entities, e)
	}
	return nil
}

// linkURL is the address Telegram makes of an href, "" when it is none.
func linkURL(s string) string {
	if !strings.Contains(s, "://") && !strings.HasPrefix(s, "tg:") && !strings.HasPrefix(s, "mailto:") && !strings.HasPrefix(s, "tel:") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "tg", u.Scheme == "mailto", u.Scheme == "tel":
		return s
	case u.Scheme != "http" && u.Scheme != "https", !strings.Contains(u.Hostname(), "."):
		return ""
	}
	if u.Path == "" {
		u.Path = "/"
		if u.RawQuery == "" && u.Fragment == "" {
			return s + "/"
		}
		return u.String()
	}
	return s
}

// mergePre makes one entity of <pre><code class="language-x">, and drops the
// language of a <code> that stands alone.
func mergePre(entities []Entity) []Entity {
	var merged []Entity
	for _, e := range entities {
		if e.Type == "code" || e.Type == "pre" {
			other := map[string]string{"code": "pre", "pre": "code"}[e.Type]
			twin := slices.IndexFunc(merged, func(m Entity) bool {
				return m.Type == other && m.Offset == e.Offset && m.Length == e.Length && m.Language+e.Language != ""
			})
			if twin >= 0 {
				merged[twin].Type = "pre"
				merged[twin].Language += e.Language
				continue
			}
		}
		merged = append(merged, e)
	}
	for i := range merged {
		if merged[i].Type == "code" {
			merged[i].Language = ""
		}
	}
	return merged
}

func sortEntities(entities []Entity) []Entity {
	slices.SortStableFunc(entities, func(a, b Entity) int {
		if a.Offset != b.Offset {
			return a.Offset - b.Offset
		}
		return b.Length - a.Length
	})
	return entities
}

// trimText takes away what Telegram takes away: carriage returns, blank first
// lines and trailing spaces. Entities move with the text.
func trimText(text string, entities []Entity) (string, []Entity) {
	if strings.ContainsRune(text, '\r') && len(entities) == 0 {
		text = strings.ReplaceAll(text, "\r", "")
	}
	text = strings.TrimRight(text, " \t\r\n\v\f\u00a0")
	lead := 0
	for i, c := range text {
		if c == '\n' {
			lead = i + 1
		} else if c != ' ' && c != '\t' {
			break
		}
	}
	cut := utf16Len(text[:lead])
	text = text[lead:]
	end := utf16Len(text)
	var kept []Entity
	for _, e := range entities {
		from, to := max(e.Offset-cut, 0), min(e.Offset+e.Length-cut, end)
		if to > from {
			e.Offset, e.Length = from, to-from
			kept = append(kept, e)
		}
	}
	return text, kept
}

// utf16Len counts UTF-16 units without converting. A byte that is no UTF-8
// counts one.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// badText says why a text cannot be parsed, in Telegram's words.
type badText string

func (e badText) Error() string { return string(e) }

func badTextf(format string, args ...any) error { return badText(fmt.Sprintf(format, args...)) }
