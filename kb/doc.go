// Package kb is the knowledge base: what staff may edit without a programmer.
// It loads the files, proves that they can be read and checks that they make
// sense. It knows nothing of health care: all of that stands in the files.
//
// # How to edit it
//
// A knowledge base is a folder:
//
//	entries/lost-job.en.md   one question in one language: <id>.<language>.md
//	entries/lost-job.es.md   the same question in Spanish
//	near.en.txt              questions close to the entries that none of them answers
//	crisis.en.txt            messages of people in danger
//	human.en.txt             messages that ask for a person
//	smalltalk.en.txt         greetings, thanks and the like
//	concepts.txt             sets of words that mean the same, in all languages
//	kb.toml                  settings of the checks
//
// Everything but the entries may be missing. Save every file as UTF-8.
//
// To change an answer, open its file and change the words below the second +++.
// To teach a new way of asking, add a line to phrasings. To add a question, copy
// a file, give it a new id (small letters a-z, digits, hyphens) and write it in
// every language. Then run
//
//	imrbot kb check --kb FOLDER
//
// which names everything that is wrong with file, line and remedy, and
//
//	imrbot kb eval --kb FOLDER
//
// which shows whether questions still find their answers.
//
// # An entry
//
//	+++
//	title = "What can I do if I lost my job?"
//	topic = "coverage"
//	source = "where the facts come from"
//	mark = "S"
//	keywords = ["laid off", "cobra"]
//	related = ["covered-california"]
//	phrasings = [
//	  "i got fired and have no insurance now",
//	  "they said \"no more benefits\" after friday",
//	]
//	+++
//	The answer, in Markdown: paragraphs, **bold**, and
//
//	- bullets like this.
//
// A text stands in quotes; inside it write \" for a quote and \\ for a
// backslash. Only the title and the answer are required. People see the title
// on buttons. The more phrasings, in the words of those who ask, the surer an
// entry is found; forty are a good number. No phrasing may belong to two entries.
//
// # The lists
//
// One phrasing a line. Blank lines and lines that begin with # are passed over.
//
// In crisis and human, a line may also begin with "always:", "pattern:" or
// "unless:" and hold a regular expression, or with "not:" and hold a message that
// only sounds like one of them; package faq says what each does.
//
// # concepts.txt
//
// One set of words a line, in every language that people write in:
//
//	deny denied refuse* negar niega negaron rechaz*
//	- the a an el la los
//
// The words of a set are read as one, besides being read as themselves, so that
// a phrasing in one person's words helps to understand another's. A word that
// ends in * stands for every word that begins so; the longest match wins. The
// words of a set that begins with a hyphen are passed over. Small letters, no
// accents, no apostrophes, each word in one set. Blank lines and lines that begin
// with # are passed over, and the whole file may be missing.
//
// # kb.toml
//
// Each check is off when its line is absent.
//
//	languages = ["en", "es"]   # else: the languages of the entries
//	max_grade = 7              # highest Flesch-Kincaid grade of English answers
//	min_inflesz = 60           # lowest INFLESZ value of Spanish answers (more is easier)
//	min_phrasings = 40         # or { en = 40, es = 30, default = 20 }
//	exempt = ["Help Center"]   # names that the reading level leaves out
//	known_links = ["www.example.org"]
//
//	[[known_phones]]           # every other number in an answer is reported
//	phone = "1-888-466-2219"
//	name = "Help Center"
//	called = ["Help Center"]   # one of these must stand in the number's paragraph
//	source = "where the number comes from"
//	mark = "S"
//
//	[[forbidden]]              # what no answer may say
//	say = "you will win"       # "*" stands for up to five words
//	unless = ["hope you will win"]
//	why = "nobody can promise that"
//	instead = "you may win"
//
// known_phones and forbidden may also be plain lists: forbidden = ["you will win"].
// Capitals, accents and apostrophes make no difference to forbidden words. For
// those who know them, "/…/" is a regular expression.
//
// # Two folders
//
// [Load] of one folder replaces the embedded base; [Overlay] lays a folder on
// top of it: an entry with the same id and language takes its place.
package kb
