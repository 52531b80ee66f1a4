package telegramtest

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHTMLIsRefusedInTelegramsWords(t *testing.T) {
	// The texts and errors are those TDLib's own tests hold.
	const lead = "🏟 🏟&lt;"
	const surrogate = "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
	for _, c := range []struct{ in, want string }{
		{"&#57311;", surrogate},
		{"&#xDFDF;", surrogate},
		{"&#xDFDF", surrogate},
		{lead + "<abacaba", "Unclosed start tag at byte offset 13"},
		{lead + "<abac aba>", `Unsupported start tag "abac" at byte offset 13`},
		{lead + "<abac>", `Unsupported start tag "abac" at byte offset 13`},
		{lead + "<i   =aba>", `Empty attribute name in the tag "i" at byte offset 13`},
		{lead + "<i    aba>", `Can't find end tag corresponding to start tag "i"`},
		{lead + "<i    aba  =  ", `Unclosed start tag "i" at byte offset 13`},
		{lead + "<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"},
		{lead + `<i    aba  =  "&lt;&gt;&quot;>`, "Unclosed start tag at byte offset 13"},
		{lead + `<i    aba  =  '&lt;&gt;&quot;>`, "Unclosed start tag at byte offset 13"},
		{lead + "</", "Unexpected end tag at byte offset 13"},
		{lead + "<b></b></", "Unexpected end tag at byte offset 20"},
		{lead + "<i>a</i   ", "Unclosed end tag at byte offset 17"},
		{lead + "<i>a</em   >", `Unmatched end tag at byte offset 17, expected "</i>", found "</em>"`},
		{"<b><i>test</b></i>", `Unmatched end tag at byte offset 10, expected "</i>", found "</b>"`},
		{"<script>alert(1)</script>", `Unsupported start tag "script" at byte offset 0`},
		{"a < b", `Unsupported start tag "" at byte offset 2`},
		{"<span>x</span>", `Tag "span" must have class "tg-spoiler" at byte offset 0`},
		{`<tg-emoji emoji-id="9999999999999999999">x</tg-emoji>`, "Invalid custom emoji identifier specified"},
	} {
		if text, _, err := parseHTML(c.in); err == nil || err.Error() != c.want {
			t.Errorf("%q: %q %v, want %q", c.in, text, err, c.want)
		}
	}
}

func TestHTMLBecomesTheTextAPersonSees(t *testing.T) {
	e := func(kind string, offset, length int) Entity {
		return Entity{Type: kind, Offset: offset, Length: length}
	}
	link := func(offset, length int, url string) Entity {
		return Entity{Type: "text_link", Offset: offset, Length: length, URL: url}
	}
	for _, c := range []struct {
		in, text string
		entities []Entity
	}{
		{"", "", nil},
		{"&ge;&lt;&gt;&amp;&quot;&laquo;&raquo;&#12345678;", "&ge;<>&\"&laquo;&raquo;&#12345678;", nil},
		{"&Or;", "&Or;", nil},
		{"➡️ ➡️<em>➡️ ➡️</em>", "➡️ ➡️➡️ ➡️", []Entity{e("italic", 5, 5)}},
		{"➡️ ➡️<i>➡️ ➡️</i><b>➡️ ➡️</b>", "➡️ ➡️➡️ ➡️➡️ ➡️", []Entity{e("italic", 5, 5), e("bold", 10, 5)}},
		{"🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", []Entity{e("italic", 5, 6)}},
		{"🏟 🏟<i>🏟 &gt;<b aba   =   caba>&lt🏟</b></i>", "🏟 🏟🏟 ><🏟", []Entity{e("italic", 5, 7), e("bold", 9, 3)}},
		{"🏟 🏟&lt;<i    aba  =  190azAz-.   >a</i>", "🏟 🏟<a", []Entity{e("italic", 6, 1)}},
		{"🏟 🏟&lt;<i    aba  =  '&lt;&gt;&quot;'>a</>", "🏟 🏟<a", []Entity{e("italic", 6, 1)}},
		{"🏟 🏟&lt;<b></b>", "🏟 🏟<", nil},
		{`<span class = "tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>`, "xy", []Entity{e("spoiler", 0, 1), e("spoiler", 1, 1)}},
		{"<a href=telegram.org>x</a>", "x", []Entity{link(0, 1, "http://telegram.org/")}},
		{"<a   href=  'telegram.org?&lt;'   > </a>", " ", []Entity{link(0, 1, "http://telegram.org/?<")}},
		{"<a>telegram.org </a>", "telegram.org ", nil},
		{"<a>https://telegram.org/asdsa?asdasdwe#12e3we</a>", "https://telegram.org/asdsa?asdasdwe#12e3we", []Entity{link(0, 42, "https://telegram.org/asdsa?asdasdwe#12e3we")}},
		{"<pre><code class=\"language-fift\">x</></>", "x", []Entity{{Type: "pre", Length: 1, Language: "fift"}}},
		{"<pre><code class=\"language-fift\">x</> </>", "x ", []Entity{e("pre", 0, 2), e("code", 0, 1)}},
		{`<tg-emoji emoji-id = "12345">➡️</tg-emoji>`, "➡️", []Entity{{Type: "custom_emoji", Length: 2, CustomEmojiID: "12345"}}},
		{"<blockquote   expandable   asd>a&lt;<pre  >b;</></>", "a<b;", []Entity{e("expandable_blockquote", 0, 4), e("pre", 2, 2)}},
	} {
		text, entities, err := parseHTML(c.in)
		if err != nil || text != c.text || !reflect.DeepEqual(entities, c.entities) {
			t.Errorf("%q:\n got %q %+v %v\nwant %q %+v", c.in, text, entities, err, c.text, c.entities)
		}
	}
}

func TestATextLosesTheSpaceAroundIt(t *testing.T) {
	text, entities := trimText(" \n\n  hola\nAna  \n", []Entity{{Type: "bold", Offset: 0, Length: 16}, {Type: "code", Offset: 15, Length: 1}})
	if text != "  hola\nAna" {
		t.Errorf("text %q", text)
	}
	if want := []Entity{{Type: "bold", Offset: 0, Length: 10}}; !reflect.DeepEqual(entities, want) {
		t.Errorf("entities %+v, want %+v", entities, want)
	}
}

func FuzzHTMLGivesValidTextAndEntitiesInside(f *testing.F) {
	for _, seed := range []string{"<b>a</b>", "<a href='x.y'>&lt;</a>", "<i a=b c='&#1;'>", "&#xD800;", "</>", "<tg-emoji emoji-id=1>🏟"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, entities, err := parseHTML(in)
		if err != nil {
			return
		}
		if !utf8.ValidString(text) {
			t.Errorf("%q: text %q", in, text)
		}
		if !strings.ContainsAny(in, "<&") && text != in {
			t.Errorf("%q: plain text became %q", in, text)
		}
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > utf16Len(text) {
				t.Errorf("%q: %+v outside of %q", in, e, text)
			}
		}
	})
}
