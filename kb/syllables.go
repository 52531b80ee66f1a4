package kb

import (
	"regexp"
	"strings"
)

// englishSyllables estimates the syllables of an English word in small letters:
// one for each group of vowels, corrected where spelling and speech part. It was
// written against the counts of the common pronouncing dictionaries.
func englishSyllables(w string) int {
	extra := 0
	w = strings.ReplaceAll(w, "’", "'")
	if stem, ok := strings.CutSuffix(w, "'s"); ok {
		w = stem
		if hissing.MatchString(stem) {
			extra = 1 // the nurse's, the boss's
		}
	}
	if strings.HasSuffix(w, "n't") {
		w = strings.TrimSuffix(w, "'t") + "t"
	}
	w = strings.ReplaceAll(w, "'", "")
	if n, ok := englishOdd(w); ok {
		return n + extra
	}
	w = englishSpeech(w)
	n := len(vowelGroup.FindAllString(w, -1)) + extra
	for _, re := range oneMore {
		if re.MatchString(w) {
			n++
		}
	}
	for _, re := range oneLess {
		if re.MatchString(w) {
			n--
		}
	}
	return max(1, n)
}

// englishSpeech takes the letters out of a word that look like a vowel and are silent or a consonant.
func englishSpeech(w string) string {
	w = strings.ReplaceAll(w, "qu", "kw")
	w = consonantY.ReplaceAllString(w, "${1}j${2}")
	w = strings.Replace(w, "every", "evry", 1)
	w = silentInside.ReplaceAllString(w, "${1}${2}")
	w = silentPrefix.ReplaceAllString(w, "${1}${2}")
	switch {
	case strings.HasSuffix(w, "es") && silentES.MatchString(w):
		w = w[:len(w)-2] + "s"
	case strings.HasSuffix(w, "ed") && silentED.MatchString(w):
		w = w[:len(w)-2] + "d"
	case strings.HasSuffix(w, "e") && silentE.MatchString(w):
		w = w[:len(w)-1]
	case silentGUE.MatchString(w):
		w = strings.TrimSuffix(w, "ue")
	}
	return w
}

var (
	vowelGroup = regexp.MustCompile(`[aeiouy]+`)
	hissing    = regexp.MustCompile(`(?:[sxz]|ch|sh|[csgz]e)$`)
	// consonantY: yes, employer; not trying, where it is the vowel.
	consonantY = regexp.MustCompile(`(^|[aeiou])y([aeiou])`)
	// silentInside: safely, careful, statement; not element, settlement.
	silentInside = regexp.MustCompile(`([aeiouy][^aeiouy]*[^aeiouyl])e((?:ly|ful|fully|less|lessly|ness|ments?)$)`)
	// silentPrefix: caregiver, lifetime, something.
	silentPrefix = regexp.MustCompile(`^(som|ther|wher|car|lif|hom|tim|lik|not)e([^aeiouy][a-z]{2})`)
	// silentES: takes, hospitals' "files"; not services, boxes, tables.
	silentES = regexp.MustCompile(`(?:[^aeiousxzcghl]|[aeiouyl]l|[^cs]h)es$`)
	// silentED: asked, called; not needed, settled.
	silentED = regexp.MustCompile(`(?:[^aeioutdl]|[aeiouyl]l)ed$`)
	// silentE: care, whole; not table.
	silentE   = regexp.MustCompile(`(?:[^aeioul]|[aeiouyl]l)e$`)
	silentGUE = regexp.MustCompile(`[aeiou]gue$`)
)

// oneMore is spellings with a syllable more than groups of vowels.
var oneMore = [...]*regexp.Regexp{
	regexp.MustCompile(`[aeiouy]ing`),                                      // being, doing, trying
	regexp.MustCompile(`(?:^|[^tscgxlnhv])io|[tc]io$|vio[^r]`),             // period, serious, violent; not nation, million, behavior
	regexp.MustCompile(`(?:^l?|[^tcsl]|[^l]l)ia(?:[^rg]|g[^e]|$)|[tc]iat`), // denial, media, associate; not social, marriage, brilliant
	regexp.MustCompile(`iu`),                                               // premium
	regexp.MustCompile(`iet|(?:^|[^tcs])ien[tc]|^scien`),                   // diet, client, experience; not patient
	regexp.MustCompile(`..i(?:ers?|est)$`),                                 // earlier, easiest
	regexp.MustCompile(`[^gp]eo|^geo|e(?:um|us)$`),                         // video, museum; not people, surgeon
	regexp.MustCompile(`creat|^rea(?:ct|pp|ss|uth|dm|dj|rr|tt)|^prea`),
	regexp.MustCompile(`[^g]ua|uou`),        // usual, evaluate, continuous
	regexp.MustCompile(`[^g]ue(?:l|nt|nc)`), // cruel, influence
	regexp.MustCompile(`uit(?:y|ion|ies)|[lr]uid|ruin|suici|genui`),
	regexp.MustCompile(`^coe|^poe[mt]|^coo[pr][a-z]{4}|chaos`), // cooperate
	regexp.MustCompile(`isms?$|thms?$`),                        // criticism, rhythm
	regexp.MustCompile(`[ds]nt$`),                              // didn't, doesnt
}

// oneLess is spellings with a syllable less.
var oneLess = [...]*regexp.Regexp{
	regexp.MustCompile(`(?:cash|front|sold|prem)iers?$|priest$`),
}

// englishOdd knows everyday words that no rule gets right.
func englishOdd(w string) (int, bool) {
	switch w {
	case "eye", "eyes", "queue", "queues", "aches":
		return 1, true
	case "business", "people", "argue", "argues", "argued", "colonel", "creature", "hundred", "lion", "lions",
		"maybe", "naked", "ocean", "solely", "someone", "triage", "wednesday", "evening", "evenings", "headaches", "persuade":
		return 2, true
	case "anyone", "area", "areas", "businesses", "everyone", "idea", "ideas", "nausea", "recipe", "theater", "wherever", "liaison", "pancreas":
		return 3, true
	case "california", "diabetes", "diarrhea", "reality":
		return 4, true
	}
	return 0, false
}

// spanishSyllables counts the syllables of a Spanish word in small letters: its
// vowels, less one for each diphthong. Two of a, e, o stand apart, and so does
// an accented í or ú beside one of them; any other pair is one syllable. The u
// of que, qui, gue and gui is silent; a final y is a vowel.
func spanishSyllables(w string) int {
	rs := []rune(w)
	n := 0
	var before rune // the vowel just before, 0 after a consonant
	for i, r := range rs {
		v := spanishVowel(rs, i, r)
		if v != 0 && (before == 0 || apart(before, v)) {
			n++
		}
		before = v
	}
	if n == 0 && len(rs) > 0 {
		return 1
	}
	return n
}

// spanishVowel returns the vowel that sounds at place i, 0 when none does.
func spanishVowel(rs []rune, i int, r rune) rune {
	switch r {
	case 'a', 'e', 'i', 'o', 'á', 'é', 'í', 'ó', 'ú':
		return r
	case 'ü':
		return 'u'
	case 'u':
		silent := i > 0 && i+1 < len(rs) && (rs[i-1] == 'q' || rs[i-1] == 'g') && containsRune("eiéí", rs[i+1])
		if silent {
			return 0
		}
		return r
	case 'y':
		if i+1 == len(rs) {
			return 'i'
		}
	}
	return 0
}

// apart tells whether two neighbouring vowels are two syllables.
func apart(a, b rune) bool {
	const strong, accented = "aeoáéó", "íú"
	switch {
	case a == b:
		return true // leer, chiita
	case containsRune(strong, a) && containsRune(strong, b):
		return true
	case containsRune(accented, a):
		return containsRune(strong, b)
	case containsRune(accented, b):
		return containsRune(strong, a)
	}
	return false
}

func containsRune(s string, r rune) bool { return strings.ContainsRune(s, r) }
