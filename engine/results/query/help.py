"""What the help of a screen or a command says of queries; lines of at most 76 characters."""

from __future__ import annotations

HELP = """\
WORDS are looked for in dialogues, references, summaries, ids and topics;
letter case does not count.
  parcel "next week"               both occur
  parcel or letter  not (bus or train)  -word
  topic:shopping  summary:"a bus"  in one field: id, topic, dialogue,
                                   reference, summary
  lora:bus                         in that model's summaries

FIGURES are compared with < <= > >= = != and joined with + - * / and ( ).
ROUGE is 0 to 1: 0.2 or 20%. A figure by itself is the mean of the models'.
  rougeL<0.2  0.2<rouge1<0.4       of all models
  lora.rouge1>0.4                  of one: any beginning or part of its name
                                   will do if no other model has it
  lora.rouge1-zero.rouge1>0.1      lora better by ten points
  lora-zero>0.1                    the same, of the figure that is shown
  "any name".bleu>20               names with spaces or signs are quoted
  turns>12  length<80  references=3
  len(lora)>40  len(dialogue)>99  len(reference)<10      words
  min(rouge1)<0.1  max(rouge1)>0.5  mean(bleu)>20  abs(full-lora)<0.01

WHERE MODELS STAND, by the figure that is shown:
  best:lora  worst:zero  is:tie  rank(lora)<=2  rank(lora, bleu)=1
  has:lora  lacks:lora  truncated:lora      summarised it; did not; its
                                            prompt was cut to fit
  disagreement>0.3                 highest less lowest of the models'
  distance>0.2                     mean of the models, how far from its mean
                                   over all dialogues

SORTING, from low to high, or with - at the end from high to low:
  sort:rouge1  sort:lora.rouge1-  sort:topic,turns-  sort:(full - lora)-
  sort:disagreement                where the models differ most
  sort:distance                    farthest from the mean
  sort:distance(lora.rouge1)  sort:disagreement(bleu)

An unknown figure is neither above nor below another, and is sorted last.
Quote what is to be a word: "or", "a=b", "rouge1<2".
"""

LABELS = """\
WHERE MODELS GIVE LABELS:
  label:positive  label=positive   the gold label
  predicted:neutral                what a model says
  correct:no  correct:yes          not all models are right; all are
  lora.correct:no  lora:positive   of one model: it is wrong; it says so
  lora.p_positive>0.9  confidence<0.5  lora.gold_probability<0.2
  sort:label  sort:lora.confidence-
"""
