package kb

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// joint is what stands between the groups of a phone number.
const joint = `[-–‑./ \x{00a0}]{0,3}`

var (
	// phoneLike finds what a reader would take for a North American number, in
	// figures or, after a toll-free code, in letters.
	phoneLike = regexp.MustCompile(`(?:\+?\b1` + joint + `(?:\(\d{3}\)|\d{3})|\(\d{3}\)|\b\d{3})` + joint + `\d{3}` + joint + `\d{4}\b` +
		`|(?:\b1[-. ])?\b8(?:00|33|44|55|66|77|88)[-. ][A-Z0-9][A-Z0-9-]{5,10}[A-Z0-9]\b`)
	// localLike finds a number without its area code.
	localLike = regexp.MustCompile(`(?:^|[^\d-])(\d{3}-\d{4})(?:$|[^\d-])`)
	// linkLike finds addresses with or without their scheme.
	linkLike = regexp.MustCompile(`(?i)\bhttps?:[^\s<>()"“”]*|\b(?:[a-z0-9-]+\.)+(?:gov|com|org|net|edu|us|info|health|mx)\b(?:[:/][^\s<>()"“”]*)?`)
	mailLike = regexp.MustCompile(`[\w.+-]+@$`)
	// fictional is a number that is given to nobody, for examples.
	fictional = regexp.MustCompile(`^\d{3}55501\d{2}$`)
	// longerFigure ends where a number like 95814-2725 would be cut in two.
	longerFigure = regexp.MustCompile(`\d[-.]?$`)
)

// exampleHosts are set aside for examples (RFC 2606).
var exampleHosts = []string{"example.com", "example.org", "example.net"}

// phoneDigits returns the ten figures of a North American number however it is
// written, or a short number such as 911; "" for anything else.
func phoneDigits(s string) string {
	var b strings.Builder
	letters := false
	for _, r := range strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(s), "+")) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			letters = true
			b.WriteByte("22233344455566677778889999"[r-'A'])
		case strings.ContainsRune("-–‑./ \u00a0()", r):
		default:
			return ""
		}
	}
	d := b.String()
	if len(d) >= 11 && d[0] == '1' {
		d = d[1:]
	}
	if letters && len(d) > 10 { // 1-800-MEDICARE: what follows the tenth is not dialled
		d = d[:10]
	}
	// No area code and no exchange begins with 0 or 1: a figure too few is found by that.
	if len(d) == 10 && d[0] > '1' && d[3] > '1' || len(d) == 3 && !letters {
		return d
	}
	return ""
}

// numbers reports phone numbers that are not known or stand beside a name they do not belong to.
func (c *checker) numbers(text string, add func(int, string, ...any)) {
	found := phoneLike.FindAllStringIndex(text, -1)
	for _, m := range found {
		if longerFigure.MatchString(text[:m[0]]) {
			continue
		}
		number := text[m[0]:m[1]]
		p, ok := c.phones[phoneDigits(number)]
		switch {
		case c.examples && fictional.MatchString(phoneDigits(number)):
		case !ok:
			add(m[0], "the phone number %s is not among known_phones: check each figure; if it is right, add it to %s with its source", number, settingsFile)
		case len(p.Called) > 0 && !names(paragraph(text, m[0]), p.Called):
			add(m[0], "the phone number %s belongs to %s, and no such name stands beside it: check that numbers are not swapped, then write one of: %s",
				number, p.Name, strings.Join(p.Called, ", "))
		}
	}
	for _, m := range localLike.FindAllStringSubmatchIndex(text, -1) {
		inside := func(f []int) bool { return f[0] <= m[2] && m[3] <= f[1] }
		if !slices.ContainsFunc(found, inside) {
			add(m[2], "the phone number %s has no area code: write it like 1-888-466-2219", text[m[2]:m[3]])
		}
	}
}

// paragraph returns the line of text around an offset.
func paragraph(text string, offset int) string {
	from := strings.LastIndexByte(text[:offset], '\n') + 1
	if to := strings.IndexByte(text[offset:], '\n'); to >= 0 {
		return text[from : offset+to]
	}
	return text[from:]
}

// names tells whether text holds one of some names, whatever their case and accents.
func names(text string, names []string) bool {
	text = fold(text)
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(text, fold(n)) })
}

// links reports addresses that cannot be or whose host is not known.
func (c *checker) links(text string, add func(int, string, ...any)) {
	for _, m := range linkLike.FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;:!?'")
		host := hostOf(link)
		switch {
		case host == "":
			add(m[0], "the address %q cannot be opened: write it like www.example.org", shorten(link))
		case slices.Contains(c.hosts, host), c.examples && slices.Contains(exampleHosts, host):
		case mailLike.MatchString(text[:m[0]]):
			add(m[0], "the host of the mail address, %s, is not among known_links: check it; if it is right, add it to %s", host, settingsFile)
		default:
			add(m[0], "the address %s is not among known_links: check it; if it is right, add %s to %s", shorten(link), host, settingsFile)
		}
	}
}

// hostOf returns the host of an address in small letters without "www.", "" when it has none.
func hostOf(link string) string {
	if !strings.Contains(link, "//") {
		link = "https://" + link
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if !strings.Contains(host, ".") {
		return ""
	}
	return host
}
