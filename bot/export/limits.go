package export

// Limits. Each keeps one intake, or one letter, from costing the machine or the
// person who opens the paper.
const (
	// maxLetters is how many letters get a page: as many as an intake takes.
	maxLetters = 20
	// maxLetterBytes bounds the images of one PDF together: more can neither
	// be mailed nor faxed.
	maxLetterBytes = 40 << 20
	// maxShownPixels bounds a JPEG, which goes into the PDF as it is: no
	// telephone makes larger ones, and readers of PDFs choke on more.
	maxShownPixels = 120_000_000
	// maxDecodedPixels bounds the images that are decoded here: 8 bytes a
	// pixel at the worst.
	maxDecodedPixels = 24_000_000
	// longestEdge is how many pixels the longer side of a decoded image keeps:
	// about 250 to an inch on a page.
	longestEdge = 2_400
	// maxPages bounds the text. What an interview can take fills about 40.
	maxPages = 300
	// maxFileName is how many characters of a letter's name are printed.
	maxFileName = 80
)
