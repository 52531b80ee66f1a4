package faq

// Every loop and every string of this package has a limit; these are the ones
// that decide how much of a message is read and how large a model may become.
const (
	// maxRunes is how much of one message is looked at. A chat message has at
	// most 4,096 characters; of a longer text the beginning and the end count,
	// because a long story asks its question last.
	maxRunes = 2000
	// maxBytesIn keeps a huge paste from being decoded in full before it is cut.
	maxBytesIn = 64 << 10
	// maxWords is how many words of a message become features.
	maxWords = 400
	// maxWordLetters cuts a "word" that no one types; its n-grams would swamp the rest.
	maxWordLetters = 32
	// maxSentences is how many sentences are read on their own besides the whole.
	maxSentences = 12
	// maxCorrections is how many unknown words of one message are looked up in
	// the vocabulary: rubbish consists of unknown words only.
	maxCorrections = 24
	// maxQueryTerms caps the words that are sent to Bleve, whose cost grows with them.
	maxQueryTerms = 14
	// maxBrief is the length in words of a message that is a crisis or a wish for
	// a person only by a pattern or to the word, never by likeness; up to
	// maxShortWords it takes more likeness than of a long one.
	maxBrief      = 4
	maxShortWords = 8
	// maxHits is how many entries a reading offers.
	maxHits = 3
	// maxCandidates is how many entries are ranked closely after the linear model.
	maxCandidates = 12
	// maxWeights bounds the linear model: features × classes. 16 million float32
	// are 64 MB; beyond that the rarest features are left out.
	maxWeights = 16 << 20
	// maxTrainCost bounds one training of the linear model, in documents × classes.
	// Above it, each class learns from its own documents and a fixed share of the others.
	maxTrainCost = 6 << 20
	// maxFitDocs is how many held-out messages, at most, are judged by every ranker.
	maxFitDocs = 6000
	// maxWarm bounds the multipliers that are kept for cross-validation, messages × classes.
	maxWarm = 8 << 20
	// maxCacheBytes is the largest cache file that is read back.
	maxCacheBytes = 1 << 30
)
