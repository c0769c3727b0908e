"""What the help of a screen or a command says of queries."""

HELP = """\
Words are looked for in dialogues, references, summaries, ids and topics; letter case does not count.
  parcel "next week"          both occur
  parcel or letter, not stamp      one, the other, or none of it: and, or, not, -word, ( )
  topic:shopping  summary:"a bus"  in one field: id, topic, dialogue, reference, summary
  lora:bus                         in that model's summaries

Figures are compared with < <= > >= = != and joined with + - * / and ( ). ROUGE is 0 to 1: 0.2 or 20%.
  rougeL<0.2                       the mean of the models
  lora.rouge1>0.4                  one model's; any beginning or part of its name will do if only one has it
  lora.rouge1-zero.rouge1>0.1      lora better by ten points
  lora-zero>0.1                    the same of the figure shown; "any name" in quotation marks
  turns>12  length<80  references=3  len(lora)>40  len(reference)<10
  min(rouge1)<0.1  max(rouge1)>0.5    of all models; also mean( and disagreement(
  0.2<rouge1<0.4  abs(full-lora)<0.01  distance(lora.bleu)>20

Where models stand:
  best:lora  worst:zero  rank(lora)<=2  is:tie     by the figure shown, or rank(lora, bleu)
  has:lora  lacks:lora  truncated:lora             summarised it; did not; its prompt was cut

Sorting, from low to high or, with - at the end, from high to low; further keys after a comma:
  sort:rouge1  sort:lora.rouge1-zero.rouge1-  sort:topic,turns-  sort:(full - lora)
  sort:disagreement                where the models differ most
  sort:distance                    farthest from the mean of all dialogues

A figure that is unknown is neither above nor below another, and is sorted last. Quote what is to be a word:
"or", "a=b", "rouge1<2".
"""
