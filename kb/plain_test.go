package kb

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func Test_PlainText_keeps_the_words_and_drops_the_markup(t *testing.T) {
	for _, c := range []struct{ name, markdown, want string }{
		{"paragraphs", "One\ntwo.\n\n\nThree.", "One two.\n\nThree."},
		{"a hard line break", "One  \ntwo\\\nthree", "One\ntwo\nthree"},
		{"emphasis", "**Call** _now_ or ***today***, `IMR`", "Call now or today, IMR"},
		{"headings and rules", "# Dates\n\nText\n\n---\n\nMore\n====", "Dates\n\nText\n\nMore"},
		{"bullets", "You can:\n- call\n* write\n\n+ wait", "You can:\n• call\n• write\n\n• wait"},
		{"a list after a blank line", "You can:\n\n- call\n- write\n\nThen wait.", "You can:\n\n• call\n• write\n\nThen wait."},
		{"a loose list is as tight as any", "- call\n\n- write", "• call\n• write"},
		{"nested lists", "- call\n  - the plan\n    - by phone\n  - the center\n- write", "• call\n  • the plan\n    • by phone\n  • the center\n• write"},
		{"numbers", "3. call\n4. write\n   - a letter", "3. call\n4. write\n  • a letter"},
		{"a paragraph in a bullet", "- call\n  now\n\n  and wait\n- write", "• call now\n  and wait\n• write"},
		{"an empty bullet leaves nothing", "- call\n-\n- write", "• call\n• write"},
		{"a link is its words and its address", "See [the form](https://a.gov/x).", "See the form (https://a.gov/x)."},
		{"a link that says its address is said once", "See [www.a.gov](https://www.a.gov/).", "See www.a.gov."},
		{"a phone link", "[1-888-466-2219](tel:1-888-466-2219)", "1-888-466-2219"},
		{"a link without words", "See [](https://a.gov)", "See https://a.gov"},
		{"autolinks and bare addresses", "<https://a.gov> www.b.gov <me@a.gov>", "https://a.gov www.b.gov me@a.gov"},
		{"reference links", "[form][f]\n\n[f]: https://a.gov", "form (https://a.gov)"},
		{"images are their description", "![a map](map.png)", "a map"},
		{"escapes", `2 \* 3 \_ \# \[x\] \\ a*b`, `2 * 3 _ # [x] \ a*b`},
		{"references", "A &amp; B &lt;C&gt; &#233; &nbsp;d &unknown; AT&T", "A & B <C> é  d &unknown; AT&T"},
		{"an escaped reference stays", `\&amp; &#92;\*`, `&amp; \*`},
		{"quotations and code", "> said\n> so\n\n    a  b\n    c", "said so\n\na  b\nc"},
		{"HTML loses its tags", "a <b>bold</b> word\n\n<div>\nkept\n</div>", "a bold word\n\nkept"},
		{"comments vanish", "<!-- for staff -->\n\nHello", "Hello"},
		{"nothing", " \n\n", ""},
		{"Spanish", "¿Cuánto tarda?\n\n- **Año** y ñandú", "¿Cuánto tarda?\n\n• Año y ñandú"},
	} {
		if got := PlainText(c.markdown); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func Test_every_word_of_the_plain_text_knows_its_line(t *testing.T) {
	markdown := "First **one**\nsecond\n\n- third\n  fourth [fifth\nsixth](https://a.gov)\n\n    seventh\n\n<div>\neighth</div>"
	text, lines := plain(markdown)
	for word, want := range map[string]int{"First": 0, "one": 0, "second": 1, "third": 3, "fourth": 4, "fifth": 4, "sixth": 5, "seventh": 7, "eighth": 10} {
		at := strings.Index(text, word)
		if at < 0 {
			t.Fatalf("%q is not in %q", word, text)
		}
		if got := lines.at(at); got != want {
			t.Errorf("%q stands on line %d, want %d", word, got, want)
		}
	}
}

func Test_plain_words_come_through_as_they_are(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zñáé]{1,8}`), 1, 30).Draw(t, "words")
		var b strings.Builder
		for i, w := range words {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{" ", "\n", "\n\n", "\n- "}).Draw(t, "gap"))
			}
			b.WriteString(w)
		}
		text, lines := plain(b.String())
		got := strings.Fields(strings.ReplaceAll(text, "•", " "))
		if strings.Join(got, " ") != strings.Join(words, " ") {
			t.Fatalf("%q became %q", b.String(), text)
		}
		at := 0
		source := strings.Split(b.String(), "\n")
		for _, w := range words {
			at += strings.Index(text[at:], w)
			if line := lines.at(at); !strings.Contains(source[line], w) {
				t.Fatalf("%q is not on line %d of %q", w, line, b.String())
			}
			at += len(w)
		}
	})
}
