"""Asides that fit into any conversation, face to face or by telephone, and that no summary needs."""

from engine.builtin.grammar import Draw, digression


@digression
def phone_rings(d: Draw) -> None:
    d.one(
        "[Sorry|Excuse me], [that's|it's] my other phone. I'll [just switch it off|ignore it].",
        "Oh, is that my phone? [Let me|I'll just] turn it off. There.",
        "Sorry about that buzzing. I thought I had put it on silent.",
    )
    d.two(
        "[No problem|No problem at all]. [Take your time|Do answer it if you like].",
        "[That's fine|Don't worry]. Mine [rings all day|never stops either].",
        "It happens to everybody. Go on, please.",
    )


@digression
def noise(d: Draw) -> None:
    d.one(
        "[What's that noise|What on earth was that]? Did you hear it?",
        "Goodness, [what a noise|that was loud]. Is everything all right?",
        "Did something just fall down, or am I imagining things?",
    )
    d.two(
        "[I think|I suppose] it was only a door. [Never mind|Nothing to worry about].",
        "It's [just somebody|only someone] drilling. It has been [like that|going on] all day.",
        "I heard it too. Probably just a lorry going past.",
    )


@digression
def weather(d: Draw) -> None:
    d.one(
        "By the way, [isn't this weather strange|what do you make of this weather]?",
        "[What weather we're having|The weather is odd at the moment], don't you think?",
        "I never know what to wear these days. The weather changes every hour.",
    )
    d.two(
        "[I know|Yes]. [You never know|I can't tell] whether to take a coat.",
        "Tell me about it. I [got soaked|was caught in the rain] [the other day|on my way home].",
        "They say it will get better, but then they always say that.",
    )


@digression
def misheard(d: Draw) -> None:
    d.one(
        "Sorry, [did you say something|were you saying something]? I [didn't catch it|was miles away].",
        "[I beg your pardon|Pardon]? I [couldn't hear you|missed that] just now.",
        "Forgive me, my mind wandered for a second. Did I miss anything?",
    )
    d.two(
        "[No, no|Oh, nothing]. I was [only talking|just mumbling] to myself.",
        "Nothing [important|that matters]. [Please go on|Go ahead].",
        "Not at all. I was merely thinking aloud.",
    )


@digression
def traffic(d: Draw) -> None:
    d.one(
        "[Excuse me if I seem|Sorry if I'm] a bit out of breath. The traffic was [terrible|a nightmare] today.",
        "I'm still [recovering from|thinking about] the traffic [this morning|today]. Was it bad for you too?",
        "I nearly didn't make it in time today. Every road seems to be blocked.",
    )
    d.two(
        "[It gets worse every year|It's always like that now]. I [go everywhere by bike|prefer to walk].",
        "[Oh yes|Yes, it was]. I [could have walked|would have been] faster on foot.",
        "I know what you mean. I've more or less given up driving.",
    )


@digression
def cough(d: Draw) -> None:
    d.one(
        "[Excuse me|Sorry]. I've [had|got] this [silly|] tickle in my throat [all day|since breakfast].",
        "Sorry, I have to sneeze. [There|Oh dear], excuse me.",
        "Pardon me, my voice keeps going today.",
    )
    d.two(
        "Bless you. [Would you like|Do you need] a moment?",
        "[It's going around|Everybody seems to have it] at the moment. [Look after yourself|Take care].",
        "Have a sip of water. I'm in no hurry.",
    )


@digression
def compliment(d: Draw) -> None:
    d.one(
        "You know, you [have a very clear way of putting things|explain things very well].",
        "I must say, [it's nice to talk to|you're] somebody [so friendly|with so much patience].",
        "May I say something? You're very pleasant to talk to.",
    )
    d.two(
        "[Oh, thank you|That's kind of you]. [You've made my day|I don't hear that often].",
        "[Do you think so|Really]? [Thank you|Thanks], [that's nice to hear|how kind].",
        "Well, I try. It's nice of you to mention it.",
    )


@digression
def the_time(d: Draw) -> None:
    d.one(
        "[Do we still have time|Are you in a hurry]? My watch [has stopped|seems to be slow].",
        "I hope I'm not [keeping you|taking up too much of your time].",
        "Am I holding you up? Do tell me if you have to go.",
    )
    d.two(
        "[No, no|Not at all]. [I have plenty of time|I'm not in a rush].",
        "[It's all right|Don't worry]. I [can stay|have] a little longer.",
        "There's no rush whatsoever on my side.",
    )


@digression
def sitting_down(d: Draw) -> None:
    d.one(
        "[Do you mind if I sit down?|Let me just sit down for this.] I've been on my feet [all day|since the morning].",
        "[Just a second|One moment]. I [need to|have to] [sit down|find somewhere to sit].",
        "Hold on, let me take the weight off my feet.",
    )
    d.two(
        "[Of course|Please do]. [Make yourself comfortable|Take your time].",
        "[Sure|By all means]. My feet [hurt too|are tired as well].",
        "Do, please. It has been a long day for everyone.",
    )


@digression
def pen_and_paper(d: Draw) -> None:
    d.one(
        "[Wait|Hold on], I want to [note that down|write this down]. Now where is my pen?",
        "[Just a moment|Bear with me]. I need [a pen|something to write with].",
        "I'd better make a note of that, or I'll forget it.",
    )
    d.two(
        "[Take your time|No rush]. I [forget everything|would forget my own head] unless I write it down.",
        "[Good idea|That's wise]. [Mine are|My pens are] always running out.",
        "Very sensible. I'll wait until you're ready.",
    )


@digression
def coffee(d: Draw) -> None:
    d.one(
        "Sorry, [I can't think straight|I'm not quite awake]. I haven't had [any|my] coffee yet.",
        "Excuse [the yawn|me for yawning]. I [slept badly|hardly slept] last night.",
        "Forgive me if I sound slow. It was a short night.",
    )
    d.two(
        "[I know the feeling|Same here]. I need [at least two cups|a strong one] [myself|before I can talk].",
        "[Oh, don't apologise|No need to apologise]. We all have days like that.",
        "You sound wide awake to me, honestly.",
    )


@digression
def barking_dog(d: Draw) -> None:
    d.one(
        "[Is that a dog barking|Can you hear that dog]? [What a voice!|It doesn't stop, does it?]",
        "That dog [barks|has been barking] [all the time|without a break]. Can you [still|] hear me?",
        "Listen to that dog. It must have seen a cat.",
    )
    d.two(
        "[It does that every day|It's always like that]. You [get used to it|stop noticing it] after a while.",
        "[Yes, don't mind the dog|Yes, I hear you fine]. It will [calm down|get tired] in a minute.",
        "Poor thing, perhaps it wants its dinner.",
    )


@digression
def draught(d: Draw) -> None:
    d.one(
        "Is it just me, or is it [rather cold|very warm|a bit stuffy] today?",
        "I'm [freezing|boiling], [aren't you|what about you]? [Sorry, I always complain|Maybe it's just me].",
        "Is it only me, or has the temperature changed all of a sudden?",
    )
    d.two(
        "It's not just you. I [noticed|was thinking] the same.",
        "[I feel fine|I'm fine], [actually|to be honest], but [everyone is different|I know what you mean].",
        "I don't mind it so much, but I see your point.",
    )


@digression
def dropped_something(d: Draw) -> None:
    d.one(
        "Oops, [I've dropped my keys|there go my keys]. [I'm so clumsy today|One second].",
        "Oh no, I've [just|] spilt [my tea|some water]. [Give me a second|Just let me wipe it up].",
        "Sorry about the clatter. I knocked my glasses off.",
    )
    d.two(
        "[Don't worry|Never mind]. [Is everything all right|Nothing broken, I hope]?",
        "[It could have been worse|It happens]. [Take your time|I did the same yesterday].",
        "Careful. I do that kind of thing all the time.",
    )


@digression
def busy_day(d: Draw) -> None:
    d.one(
        "[What a day|It's one of those days]. [Everything seems to happen at once|I don't know where my head is].",
        "Is [your day|your week] [as busy as mine|going well]? [Mine has been crazy|I could do with a break].",
        "I can't wait for a few days off, if I'm honest.",
    )
    d.two(
        "[I know|Oh yes]. [Busy, but I can't complain|I feel the same], [really|to tell the truth].",
        "[We all need a holiday|A holiday would be nice], I think.",
        "Hang in there. Things usually get quieter again.",
    )
