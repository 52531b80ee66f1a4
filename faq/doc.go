// Package faq reads a message: which entry of a knowledge base answers it, how
// surely, whether several might, whether it asks for a person or tells of danger.
// It knows no subject of its own: the everyday words of a language lie in words/,
// all else, down to which words mean the same, comes from the kb.Base.
//
// A reader is trained at start from the phrasings of the entries, and always the
// same way. Reading goes through these parts:
//
//  1. clean and words: small letters without accents, no markup, a length limit.
//  2. tongue: the language, from the words, else from the platform's hint.
//  3. watch: danger, then the wish for a person, by the patterns and phrasings of
//     the base's crisis and human lists (see parseWatchList for their form).
//  4. speller: unknown words are put right towards the base's own words and those
//     of its patterns, for the patterns as well.
//  5. brain: the evidence. A linear model over words, pairs of words, character
//     n-grams and concepts (kb.Base.Concepts); the nearest single
//     phrasings; Bleve's BM25 over whole entries. A conditional logit weighs them
//     into one probability for each candidate.
//  6. gate: a logistic model over how sure all that looks, fitted on messages
//     that were held out of training, decides between answer, suggestions and
//     nothing. Its thresholds are set by the rate of wrong answers (Options).
//
// Near misses, small talk and the rest are classes of the linear model beside
// the entries, so that they can claim a message for themselves.
package faq
