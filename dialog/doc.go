// Package dialog is the engine of a conversation: a state and an event give
// the next state and the effects to carry out.
//
//	interview, err := dialog.Parse(fsys, dialog.Options{Operator: "Health Helpers"})
//	state, effects := interview.Step(state, event)
//
// What is still to be said on days to come follows from the state alone:
//
//	for _, due := range interview.Reminders(state) { … }
//
// and is said by the event Reminded when its day has come. A caller asks again
// after every step; it keeps no list of its own.
//
// It knows no network, no disk, no clock and no knowledge base. An event brings
// its time, its day, a free reference and, for text, the Reading that somebody
// else made of it. Effects are plain data, to be carried out once the state is
// stored. Step cannot fail: what could go wrong is found by Parse.
//
// # The interview's files
//
// An interview is a folder with interview.toml, rules.toml,
// locales/<language>.toml and, if wanted, other_languages.toml: one line to say
// in each language that the interview does not speak. Package imrbot/dialog/imr
// holds one. No agency is in the engine, but it knows a few words of the files:
// the outcome "outside" (others decide; nothing is kept), the status "draft" (the
// intake waits and is taken up again), and the parts "rule", "contacts" and
// "because", which it puts together from the verdict. The statuses "review",
// "papers", "filed" and "closed" are given by the staff (see [StatusSet]).
//
// interview.toml:
//
//	version = 1
//	voice = "filer"         # a step; its answer picks "<step>.ask-<answer>"
//	deadline = "file_by"    # the date of the verdict by which to file
//	problems = ["…"]        # values of one step, the graver first, for a story
//	                        # with two problems
//	ask_again = ["…"]       # steps asked again when a draft is taken up
//	[[link]] name, entry    # a link to the bot with that name tells the entry
//	[[reminder]]            # what the enrollee is reminded of
//	  id                    # its kind, also of its sentences
//	  date                  # a date of the verdict
//	  days = [30, 7]        # so many days before it
//	  careful = true        # no deadline: nothing is said once it has passed
//	  wake = true           # instead of days: on the day a draft is taken up
//	[[section]] id          # groups of the review, in their order; carry = true
//	                        # keeps its answers for a second problem
//	[[define]] name, is     # a named condition
//	[[step]]                # in the order in which they are walked
//	  id                    # a stable name, also of its sentences
//	  kind                  # see below
//	  key                   # the fact or form key it fills; the id if absent
//	  when                  # a condition; always if absent
//	  section, optional     # optional: may be skipped
//	  values                # of a choice; a fact has them in the rules
//	  form = true           # a fact that the form asks for too
//	  gate = true           # opens further steps, is no part of the intake
//	  story = true          # may be guessed from the enrollee's story, and is then
//	                        # asked for confirmation
//	  rough = "later"       # which end of "about a month ago" counts; "earlier"
//	                        # if absent
//	  careful = true        # a choice: a reply with slips is said back first
//	  verbatim = true       # "español" is an answer here, not a command
//	  repeat = true         # a note that is said again when an answer changed
//	  status, ticket        # of a save; ticket also of the verdict
//	[[part]] id, when       # the paragraphs of the verdict; own_message = true
//	                        # opens a new message
//
// The kinds that ask: notice, choice, date, birth, text, line, name, phone,
// email, zip, id, files, review. The kinds that go on by themselves: note (says
// something once), verdict, save (stores the intake under its status).
//
// The steps are walked from the first to the last; the first one that applies
// and has no answer is asked. There are no jumps, so nothing can loop and
// nothing is out of reach but by its own condition. An answer that changes
// changes what applies; facts that no longer apply are dropped.
//
// Conditions may name the facts of rules.toml, the keys of the form, and what
// the verdict gives (rule, outcome, then, and its dates and flags); see [Scope].
// The grammar of rules.toml is described at [ParseRules].
//
// Sentences live in the locales only: those of a step under its id, those of a
// rule under rule.<id>, of a part under verdict.<id>, of a section under
// section.<id>, what the engine itself says under say, button and word. A step
// has ask, why, example and label; "=value" is the button of a value, "~value"
// other words for it, "~label" other words for the label, "~none" ways to say
// that there is no such date, "~story" the phrases by which a story is read. A
// sentence whose name ends in -department is said where the operator is the
// agency itself, one that ends in -filed once the intake is filed. A reminder has
// remind.<id>, with -today for its day and -past for later; it may light up a
// locked phone, so it names nothing that was answered. Parse reports each that is
// missing in some language.
//
// other_languages.toml has version = 1 and a [[language]] for each: code, name,
// script (of Unicode) or words by which it is told, letters that only it has
// among those of its script, and the line to say.
package dialog
