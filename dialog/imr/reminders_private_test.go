package imr_test

import (
	"regexp"
	"strings"
	"testing"

	"imrbot/dialog"
)

// privateWords would tell a stranger who sees a locked phone what is the matter:
// beginnings of words for health and care, names of programs and of plans.
var privateWords = regexp.MustCompile(`(?i)(?:^|[^\pL])(` + strings.Join([]string{
	// English
	"health", "ill(?:ness)?s?\\b", "sick", "ail", "disease", "condition", "diagnos", "symptom", "pain", "cancer", "pregnan", "diabet", "mental",
	"suicid", "therap", "surg", "operat(?:ion|e)", "treat", "care\\b", "medic", "drug", "prescri", "pharmac", "dose", "test result", "doctor", "nurse",
	"physician", "patient", "hospital", "clinic", "emergenc", "ambulance", "discharge", "disab", "insur", "coverage", "member", "enrollee",
	"den(?:y|ied|ial)", "grievance", "necess", "experimental", "benefit", "bill\\b", "claim", "authoriz", "referral", "imr\\b", "review",
	// Spanish
	"salud", "enferm", "padec", "afecci", "diagn[oó]s", "s[ií]ntoma", "dolor", "c[aá]ncer", "embaraz", "terapia", "cirug", "operaci", "tratam",
	"atenci[oó]n", "m[eé]dic", "medicin", "medicament", "remedio", "receta", "farmacia", "doctor", "enfermer", "pacient", "cl[ií]nica", "emergencia",
	"ambulancia", "dar de alta", "discapac", "segur(?:o|idad)\\b", "cobertura", "neg(?:ó|ado|ativa)", "queja", "necesari", "beneficio", "factura",
	"autoriza", "revisi[oó]n",
	// programs and plans of California
	"medi-cal", "medicare", "medicaid", "covered california", "dmhc", "kaiser", "anthem", "blue (?:shield|cross)", "health net", "molina", "aetna",
	"cigna", "united", "humana", "l\\.?a\\.? care", "caloptima", "cencal", "partnership", "gold coast", "inland empire", "iehp", "alameda alliance",
	"kern", "santa clara family", "sharp", "sutter", "western health", "oscar", "centene", "brand new day", "scan\\b", "alignment", "chinese community",
}, "|") + ")")

func TestTheListOfPrivateWordsFindsThem(t *testing.T) {
	for _, text := range []string{"your Health plan", "la salud", "Su medicina", "Blue Shield", "¿El médico?", "the bill.", "Medi-Cal", "negó", "IMR"} {
		if !privateWords.MatchString(text) {
			t.Errorf("%q passes", text)
		}
	}
	if word := privateWords.FindString("has the plan answered? Your form A-2026-000123 is with our team. ¿ya contestó el plan? el Centro de Ayuda"); word != "" {
		t.Errorf("%q is found where it is not", word)
	}
}

// Each sentence of a reminder, of a status and of the date that goes with them,
// in every form it has.
func TestNoReminderTellsAStrangerWhatIsTheMatter(t *testing.T) {
	interview := newTalk(t, "en").interview
	for _, lang := range interview.Languages() {
		said := 0
		for _, s := range interview.Screens(lang) {
			reminder := strings.HasPrefix(s.ID, "remind.")
			if !reminder && !strings.HasPrefix(s.ID, "say.status-") && !strings.HasPrefix(s.ID, "say.deadline") {
				continue
			}
			said++
			text := s.Text
			if !reminder { // there the operator is named, and here its name is "Health Helpers"
				text = strings.ReplaceAll(text, "Health Helpers", "")
			}
			if word := privateWords.FindString(text); word != "" {
				t.Errorf("%s: %s says %q: %s", lang, s.ID, word, s.Text)
			}
		}
		if said < 15 {
			t.Errorf("%s: only %d sentences of reminders were found", lang, said)
		}
	}
}

// And the whole messages, as they are put together of a case with answers, by an
// operator whose name says what it is about.
func TestNoWholeReminderHoldsAnAnswerOrAPrivateWord(t *testing.T) {
	for _, lang := range []string{"en", "es"} {
		handedIn := func(status string) func(c *talk) {
			return func(c *talk) {
				c.toThe("")
				if status != "" {
					c.step(dialog.StatusSet{Head: c.head, Ref: c.state.Ref, Status: status})
				}
			}
		}
		seen := map[dialog.ReminderKind]bool{}
		for name, set := range map[string]func(c *talk){
			"handed in": handedIn(""), "read": handedIn(dialog.StatusReview), "papers": handedIn(dialog.StatusPapers),
			"begun": func(c *talk) { c.toThe("plan_name") },
			"a draft": func(c *talk) {
				c.toThe("grievance_date")
				c.said("2026-05-20")
				c.said("none")
				c.said("none")
			},
			"a hearing": func(c *talk) {
				c.toThe("")
				c.state.Answers["coverage"] = dialog.Answer{Value: "medi-cal-plan"}
				delete(c.state.Answers, "regulator")
			},
		} {
			for _, late := range []int{0, 1, 40} {
				c := newTalk(t, lang)
				set(c)
				for range dialog.MaxReminders {
					list := c.interview.Reminders(c.state)
					if len(list) == 0 {
						break
					}
					today := list[0].Day.AddDays(late)
					if c.head.Today.After(today) {
						today = c.head.Today
					}
					c.on(today)
					seen[list[0].Kind] = true
					for _, effect := range c.step(dialog.Reminded{Head: c.head, ID: list[0].ID}) {
						say := effect.(dialog.Say)
						text := say.Text
						for _, b := range say.Buttons {
							text += "\n" + b.Label
						}
						if word := privateWords.FindString(text); word != "" {
							t.Errorf("%s, %s: %q in %s", lang, name, word, text)
						}
						for _, private := range []string{"Ana", "Paz", "Fresno", "knee", "1960"} {
							if strings.Contains(text, private) {
								t.Errorf("%s, %s: the answer %q in %s", lang, name, private, text)
							}
						}
					}
				}
			}
		}
		if len(seen) != 6 {
			t.Errorf("%s: only the kinds %v were said", lang, seen)
		}
	}
}
