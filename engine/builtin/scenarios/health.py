"""Health: the doctor, the dentist, the pharmacy and the gym."""

from engine.builtin.grammar import Draw, scenario


@scenario("see a doctor", "doctor's visit", "medical advice")
def doctor_visit(d: Draw) -> None:
    symptom, cause = d.pick(
        ("a sore throat", "an infection"),
        ("a bad cough", "a chest infection"),
        ("a terrible headache", "too much stress"),
        ("a pain in the lower back", "a strained muscle"),
        ("an itchy rash", "an allergy"),
        ("a stomach ache", "something you ate"),
        ("a swollen knee", "an old injury"),
        ("a pain in the ear", "an infection"),
        ("a stiff neck", "a strained muscle"),
    )
    onset, mistaken = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    d.set(symptom=symptom, cause=cause, onset=onset, mistaken=mistaken, length=d.count(3, 10), day=d.day(onset, "Sunday"),
          dose=d.pick("once", "twice", "three times", "four times"),
          allergy=d.pick("penicillin", "aspirin", "nuts", "pollen"), test=d.pick("a blood test", "a scan", "an X-ray"))
    outcome = d.pick("medicine", "test", "rest", "specialist")

    d.one("[Good morning|Good afternoon], {title2}. What [seems to be the trouble|brings you here today]?",
          "Come in, please. [What can I do for you|How are you feeling today]?",
          "[Hello|Good morning]. [Please sit down|Take a seat]. What's the matter?",
          "Next, please. Ah, hello. Tell me what's wrong.")
    d.two("[Good morning|Hello], doctor. I've got {symptom}, and [it's getting worse|it won't go away].",
          "Well, I have {symptom}. [It keeps me awake at night|I can hardly work].",
          "I don't feel well [at all|], doctor. I've had {symptom} for a while.",
          "It's {symptom}, I'm afraid. I've tried to ignore it, but I can't any more.")
    d.one("[I see|Oh dear]. When did [it start|this begin]?", "How long have you had it?",
          "And since when has it been bothering you?")
    if d.chance(0.3):
        d.two("[On|It started on] {mistaken}. No, wait, it was {onset}.",
              "[I think it was|Let me think,] {mistaken}. Sorry, I mean {onset}.",
              "{mistaken}, I believe. Actually no, {onset}. I remember now.")
    else:
        d.two("[Since|It started on] {onset}, [I think|as far as I remember].",
              "I [first|] noticed it on {onset}.", "It came out of the blue on {onset}.")
    d.digress()
    d.one("[Let me have a look|Let me examine you]. Does it hurt [here|when I press here]?",
          "I'll [just|] examine you. [Is it painful now|Does it bother you right now]?",
          "Let's see. Take a deep breath, please. Does that hurt?")
    d.two("[A little|Yes, a bit]. [Is it serious|What do you think it is], doctor?",
          "No, [not really|I don't think so]. [I hope it's nothing bad|Is it anything bad]?",
          "Not more than before. You don't think it's dangerous, do you?")
    if outcome == "medicine" and d.chance(0.5):
        d.one("Are you allergic to anything?", "Do you have any allergies [I should know about|]?",
              "Before I prescribe anything, do you react badly to something?")
        d.two("[Only|Just] to {allergy}.", "Yes, {allergy}, [unfortunately|I'm afraid]. Nothing else.",
              "I can't have {allergy}, but that's all.")

    if outcome == "medicine":
        d.one("It [looks like|is probably] {cause}. Take these tablets {dose} a day for {length} days.",
              "I think it comes from {cause}. I'll [prescribe|give you] some tablets. "
              "Take one {dose} a day for {length} days.",
              "My guess is {cause}, nothing worse. You'll need tablets, {dose} a day, for {length} days.")
        d.two("{dose} a day for {length} days. [All right|Got it], doctor.", "Thank you, doctor. I'll do that.",
              "Fine, I'll go to the pharmacy at once.")
        d.summary("{P2} has had {symptom} since {onset}. {P1} prescribes tablets to be taken {dose} a day for {length} days.",
                  "{P2} sees the doctor about {symptom}. {P1} tells {P2} to take tablets {dose} a day for {length} days.",
                  "{P1} examines {P2}, who complains of {symptom}, and gives {P2} tablets for {length} days.",
                  "Because of {symptom} that began on {onset}, {P2} gets tablets from {P1} "
                  "and should take them {dose} a day.")
    elif outcome == "test":
        d.one("It could be {cause}, but I want to be sure. Please come back on {day} for {test}.",
              "[I can't say yet|I'd rather not guess]. We'll do {test} on {day}, and then we'll know more.",
              "Let's not rush to conclusions. First you need {test}. I can fit you in on {day}.")
        d.two("{day}? [Yes, I can come then|That's fine].", "[All right|Okay], I'll be here on {day}.",
              "If you think it's necessary, I'll come, of course.")
        d.summary("{P2} has had {symptom} since {onset}. {P1} wants {P2} to have {test} on {day}.",
                  "{P2} sees the doctor about {symptom}. {P1} isn't sure of the cause and arranges {test} for {day}.",
                  "{P1} examines {P2}, who complains of {symptom}, and asks {P2} to come back on {day} for {test}.",
                  "Since {P2} has been suffering from {symptom}, {P1} decides that {test} is needed on {day}.")
    elif outcome == "rest":
        d.one("No, it's [nothing serious|quite harmless]. But you [should|must] stay at home and rest for {length} days.",
              "It isn't serious, so you don't need any medicine. [Just rest|What you need is rest], {length} days at least.",
              "Don't worry, it's nothing serious and will pass by itself. Take {length} days off and get some rest.")
        d.two("{length} days? [My boss won't be pleased|I have so much to do], but [all right|okay].",
              "[That's a relief|I'm glad to hear that]. I'll [take it easy|stay in bed].",
              "No medicine, then? Good, I'll do as you say.")
        d.summary("{P2} has had {symptom} since {onset}. {P1} says it's not serious and advises {P2} to rest for {length} days.",
                  "{P2} sees the doctor about {symptom}. {P1} tells {P2} to rest for {length} days.",
                  "{P1} examines {P2}, who complains of {symptom}, and only recommends {length} days of rest.",
                  "{P2} comes to {P1} with {symptom} and learns that {length} days of rest will be enough.")
    else:
        d.one("I'd like a specialist to [look at it|see you]. I'll [call the hospital|make an appointment] for {day}.",
              "[To be safe|To be on the safe side], I'm sending you to a specialist. Can you go there on {day}?",
              "This is beyond me, so I'll refer you to a specialist who has time on {day}.")
        d.two("A specialist? [That sounds serious|I didn't expect that]. But {day} [is fine|suits me].",
              "On {day}, [yes|all right]. [Thank you|I'll be there], doctor.",
              "Very well. I only hope it isn't as bad as it sounds.")
        d.summary("{P2} has had {symptom} since {onset}. {P1} sends {P2} to a specialist on {day}.",
                  "{P2} sees the doctor about {symptom}. {P1} refers {P2} to a specialist, who will see {P2} on {day}.",
                  "{P1} examines {P2}, who complains of {symptom}, and arranges a visit to a specialist for {day}.",
                  "{P2} describes {symptom} that began on {onset}, and {P1} wants a specialist to have a look.")
    d.gist("I have {symptom} and it hurts.", "The patient feels ill since {onset}.", "Doctor, it started on {onset}.")


@scenario("make an appointment", "dentist appointment", "phone a dental practice")
def dentist_appointment(d: Draw) -> None:
    wanted, other = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    outcome = d.pick("booked", "other day", "today", "waiting list")
    reasons = ["a toothache", "a broken tooth", "a lost filling", "a loose crown", "an infected tooth", "a cracked tooth"]
    if outcome != "today":
        reasons += ["a check-up", "a cleaning", "bleeding gums"]
    d.set(reason=d.pick(*reasons), wanted=wanted, day=other, time=d.clock(9, 12), late=d.clock(14, 17), wait=d.count(2, 6))

    d.one("[Hello|Good morning]. I'd like to [make an appointment|see the dentist], please.",
          "[Hello|Hi], is that the dental practice? I need an appointment.",
          "Good morning. My name is {name1} {surname1}. Could I get an appointment [with the dentist|]?",
          "Hi there. I was hoping the dentist might have some time for me.")
    d.two("[Certainly|Of course]. What is it about?", "[Sure|Good morning]. May I ask what the problem is?",
          "Let me open the calendar. What do you need to see us for?")
    if outcome == "today":
        d.one("It's {reason}, and the pain is [terrible|unbearable]. I [can't|couldn't] sleep [at all|last night].",
              "I've got {reason}. It hurts so much that I [can't eat|can hardly speak].",
              "{reason}, and I can't stand it any longer.")
        d.two("[That sounds bad|Oh, you poor thing]. [Then you shouldn't wait|We'll find a way].",
              "Oh dear, that [can't|mustn't] wait.", "I'm sorry. We treat that as an emergency.")
    else:
        d.one("It's [about|because of] {reason}. Would {wanted} be possible?",
              "It's for {reason}. I'd prefer {wanted}, if you can manage that.",
              "{reason}, nothing dramatic. {wanted} would suit me best.")
        d.two("[Let me see|One moment, please]. [I'm checking our diary|Our diary is quite full].",
              "{wanted}, [just a second|let me check]. [Are you a patient of ours|Have you been here before]?",
              "I'll have a look at what we have on {wanted}.")
    d.digress()
    if d.chance(0.35):
        d.one("I haven't been to your practice before[, by the way|]. Is that a problem?",
              "Do you [take|accept] new patients[, actually|]?",
              "I should add that I'm new in the area. Does that matter?")
        d.two("[Not at all|No, that's fine]. [Just bring your insurance card|We'll just need your details].",
              "We're [happy to see|always glad of] new patients. [Please bring your insurance card|No problem].",
              "You're very welcome. Simply bring some identification along.")

    if outcome == "booked":
        d.one("[So|Well], is there anything free?", "What [times do you have|time could I come]?",
              "Which hour would suit the dentist?")
        d.two("You're [lucky|in luck]. We can see you on {wanted} at {time}.",
              "{wanted} at {time} [is still free|would work]. [Shall I put you down|Is that okay]?",
              "Somebody has just cancelled, so {wanted} at {time} is yours.")
        d.one("[Perfect|Great]. I'll [be there|take it].", "{wanted} at {time}. [Wonderful|Lovely], thank you.",
              "That couldn't be better. See you then.")
        d.summary("{P1} calls the dentist because of {reason} and gets an appointment on {wanted} at {time}.",
                  "{P1} wants to see the dentist about {reason}. {P2} books {P1} in for {wanted} at {time}.",
                  "{P2} gives {P1}, who asks for an appointment about {reason}, a time on {wanted} at {time}.",
                  "{P1} needs the dentist for {reason}, and {P2} finds a free slot on {wanted} at {time}.")
    elif outcome == "other day":
        d.one("[So|Well], is there anything free?", "What [times do you have|time could I come]?",
              "Which hour would suit the dentist?")
        d.two("[I'm sorry, but|I'm afraid] {wanted} is fully booked. [How about|What about] {day} at {late}?",
              "Nothing on {wanted}, [unfortunately|I'm afraid]. I can offer you {day} at {late}.",
              "We're full on {wanted}. The next free time is {day} at {late}.")
        d.one("[All right|Okay], {day} at {late} [will do|is fine].", "I'd have liked {wanted}, but {day} [works too|is okay].",
              "Then I'll take that one. Thanks.")
        d.summary("{P1} wants to see the dentist on {wanted}, but it is full. {P1} takes an appointment on {day} at {late}.",
                  "{P1} calls the dentist because of {reason}. {P2} has no time on {wanted} and offers {day} at {late}.",
                  "As {wanted} is fully booked, {P2} gives {P1} an appointment on {day} at {late}.",
                  "{P1} needs the dentist for {reason} and agrees to come on {day} at {late} instead of {wanted}.")
    elif outcome == "today":
        d.one("[Could I come today|Is there a chance today]?", "Can the dentist see me [today|this afternoon]?",
              "Do you think I could be seen at once?")
        d.two("[Yes, come in|Yes, please come] today at {late}. You may have to wait a little.",
              "We'll squeeze you in today at {late}.", "Come today, at {late}. The dentist will make time for you.")
        d.one("[Thank you so much|You're an angel]. I'll be there [at {late}|on time].", "Oh, thank you. That's [such|] a relief.",
              "You've saved me. Thanks a million.")
        d.summary("{P1} calls the dentist because of {reason} and severe pain. {P2} tells {P1} to come today at {late}.",
                  "{P1} is in great pain from {reason}, so {P2} fits {P1} in today at {late}.",
                  "{P2} treats {P1}'s problem, {reason}, as urgent and gives {P1} an appointment today at {late}.",
                  "Since {P1} is suffering badly from {reason}, {P2} finds time at {late} the same day.")
    else:
        d.one("[So|Well], is there anything free?", "What [times do you have|time could I come]?",
              "Which hour would suit the dentist?")
        d.two("[I'm sorry, but|I'm afraid] we have nothing for {wait} weeks. [Shall I|I could] put you on the waiting list?",
              "The dentist is away, so there's nothing for {wait} weeks. But we have a waiting list.",
              "It'll be {wait} weeks, sadly, unless you join our waiting list and somebody cancels.")
        d.one("{wait} weeks? Then [put me on the list|the waiting list], please.",
              "[That's long|Oh]. Yes, please put me on the list [and call me|].",
              "Please add me, and ring me if anything comes up.")
        d.summary("{P1} wants a dentist appointment for {reason}. There is none for {wait} weeks, "
                  "so {P1} goes on the waiting list.",
                  "{P1} would like to see the dentist on {wanted}, but {P2} can only put {P1} on the waiting list.",
                  "{P2} has no appointment for {wait} weeks and puts {P1} on the waiting list.",
                  "As the dentist has no time for {wait} weeks, {P1} asks {P2} for a place on the waiting list.")
    d.gist("It is about {reason}.", "Someone calls a dentist about teeth.", "I need to see a dentist.")


@scenario("at the pharmacy", "buy medicine", "advice from a pharmacist")
def pharmacy(d: Draw) -> None:
    complaint, product = d.pick(
        ("a cold", "nasal spray"), ("a dry cough", "cough syrup"), ("hay fever", "allergy tablets"),
        ("a headache", "painkillers"), ("an insect bite", "cooling gel"), ("heartburn", "chewable tablets"),
        ("sunburn", "aloe lotion"), ("dry eyes", "eye drops"), ("a sore throat", "throat sweets"),
    )
    d.set(complaint=complaint, product=product, price=d.money(4, 28, 1), dose=d.pick("twice", "three times", "four times"),
          length=d.count(4, 12), day=d.day("Sunday"), brand=d.pick("Clarimed", "Sanovit", "Herbolin", "Medisan", "Relivo"))
    outcome = d.pick("buys", "doctor", "prescription", "ordered")
    d.set(patient=d.pick("me", "my son", "my daughter", "my mother", "my husband", "my wife"))

    if outcome in ("buys", "doctor"):
        d.one("[Good afternoon|Hello]. [Can I help you|What can I do for you]?",
              "Hello, {name2}. [What can I get you|What do you need] today?",
              "Who's next? Oh, you are. What would you like?")
        d.two("[Do you have|I need] something for {complaint}, please. It's for {patient}.",
              "[Hello|Yes]. I'm looking for something against {complaint}. It's for {patient}.",
              "What would you recommend for {complaint}? It's for {patient}, by the way.")
        d.digress()
        d.one("How long has [this|it] been going on?", "[I see|All right]. Since when, if I may ask?",
              "Let me ask you first how many days it has lasted.")
    else:
        d.one("[Good afternoon|Hello]. [Can I help you|What can I do for you]?",
              "Hello, {name2}. [What can I get you|What do you need] today?",
              "Who's next? Oh, you are. What would you like?")
        d.two("I'd like [a pack|two packs] of {brand}, please.", "[Do you have|Have you got] {brand}? [I've run out|I've none left].",
              "I need {brand} again, if you have it.")
        d.digress()
    if outcome == "buys":
        d.two("[Only|Just] a day or so.", "Not long. [It started yesterday|Since this morning].",
              "It only began last night.")
        d.one("Then [I'd recommend|I suggest] {product}, {dose} a day.",
              "[I'd take|You could try] {product}, which [works well|most people like]. No more than {dose} a day, please.",
              "Try some {product}, {dose} a day, and it should soon be better.")
        d.two("[Good|All right]. How much [does that cost|is that]?", "I'll take it. What do I owe you?",
              "That sounds right. And the price?")
        d.one("[That's|It's] {price}[, please|].", "{price} altogether. [Do you need a bag|Anything else]?",
              "It comes to {price}. Get well soon.")
        d.two("Here you are. [Thank you|Thanks for the advice].", "[Here's the money|There you go]. Goodbye.",
              "I'll pay by card. Many thanks.")
        d.summary("{P2} asks for something for {complaint}. {P1} recommends {product}, and {P2} pays {price}.",
                  "{P2} buys {product} for {complaint} at the pharmacy for {price}.",
                  "{P1} sells {P2} {product} against {complaint}, to be used {dose} a day.",
                  "At the pharmacy, {P2} gets {product} from {P1} to treat {complaint} and pays {price} for it.")
    elif outcome == "doctor":
        d.two("[For|It's been] {length} days[ now|]. It [doesn't get better|is getting worse].",
              "Oh, about {length} days. [Nothing helps|I've tried everything].",
              "Almost {length} days, believe it or not.")
        d.one("{length} days is too long. [Please see|You should go to] a doctor.",
              "[Then I won't sell you anything|In that case I can't help]. A doctor should look at that.",
              "I don't like the sound of it. That needs a doctor, not a pharmacy.")
        d.two("Really? [I'd hoped to avoid that|Is it that bad]? [Well, all right|I'll make an appointment, then].",
              "[You're right|I suppose you're right]. I'll [call|ring] the doctor today.",
              "If you say so. Better safe than sorry.")
        d.summary("{P2} asks for something for {complaint}, but {P1} advises seeing a doctor since it has lasted {length} days.",
                  "{P1} sells {P2} nothing for {complaint}. {P1} thinks that a doctor should be seen after {length} days.",
                  "{P2} wants medicine for {complaint}. As it has lasted {length} days, {P1} recommends a doctor.",
                  "Because the problem, {complaint}, has gone on for {length} days, {P1} sends {P2} to a doctor instead.")
    elif outcome == "prescription":
        d.one("[I'm sorry, but|I'm afraid] you need a prescription for {brand}. Do you have one?",
              "{brand} is only sold on prescription. [Have you got one|May I see yours]?",
              "For that I have to see a prescription, I'm afraid.")
        d.two("[No, I don't|Oh, I haven't got one]. [I didn't know that|Nobody told me].",
              "A prescription? [I left it at home|I've forgotten it].",
              "What, since when? I'm here without one.")
        d.one("Then I can't [sell|give] it to you. [Please bring one|Come back with a prescription].",
              "[The rules are strict|It's the law]. I can't sell it [to you|] without one.",
              "In that case my hands are tied until you bring it.")
        d.two("[I understand|Okay]. I'll come back [tomorrow|later].", "[What a nuisance|That's annoying], but [I see|fair enough].",
              "Never mind, then. I'll sort it out.")
        d.summary("{P2} wants to buy {brand}, but {P1} can't sell it without a prescription.",
                  "{P2} asks for {brand} at the pharmacy. {P1} refuses because {P2} has no prescription.",
                  "{P1} explains to {P2} that {brand} needs a prescription, which {P2} doesn't have.",
                  "{P2} leaves the pharmacy without {brand} since {P1} must see a prescription first.")
    else:
        d.one("[I'm sorry, but|I'm afraid] {brand} is sold out. [I can|Shall I] order it?",
              "We've just run out of {brand}. I could [order some|get you some].",
              "There's not a single pack of {brand} left. Should I order one?")
        d.two("[Yes, please|That would be great]. When [will|would] it be here?",
              "[If you would|Please do]. How long [will|does] it take?",
              "I'd be grateful. By which day?")
        d.one("[On|It should come on] {day}. You can [pick it up|collect it] [any time|then].",
              "By {day}. [We'll keep it for you|I'll put your name on it].",
              "{day}, first thing in the morning. You can pay then.")
        d.two("{day} [is fine|is early enough]. Thank you.", "[Good|Okay]. I'll [come in|come back] on {day}.",
              "I can manage until {day}. See you then.")
        d.summary("{P2} wants to buy {brand}, which is sold out. {P1} orders it for {day}.",
                  "{P1} has no {brand} left and orders some. {P2} will collect it on {day}.",
                  "{P2} asks for {brand} at the pharmacy, but has to wait until {day} because it must be ordered.",
                  "As {brand} is out of stock, {P1} orders it for {P2}, and it will arrive on {day}.")
    d.gist("Someone is at the pharmacy.", "I would like something from the pharmacy.", "Hello, can I help you?")


@scenario("join a gym", "gym membership", "sports club enquiry")
def gym_membership(d: Draw) -> None:
    d.set(price=d.money(25, 70), yearly=d.money(250, 600, 10), goal=d.pick(
        "lose some weight", "get stronger", "train for a marathon", "sleep better", "get fit again", "improve my back"),
        facility=d.pick("swimming pool", "sauna", "climbing wall", "yoga studio", "squash court"),
        trial=d.day(), time=d.clock(16, 19), term=d.count(3, 12))
    has = d.chance(0.6)
    outcome = d.pick("monthly", "yearly", "trial", "declines")

    d.one("[Hi|Hello]. I'm thinking about joining your gym. I want to {goal}.",
          "[Hello|Good morning]. [I have a question about|I'd like to know more about] your membership. I'd like to {goal}.",
          "Excuse me. Do I have to be a member to train here? I'm trying to {goal}.",
          "Hello there. Somebody told me your gym is good if you want to {goal}.")
    d.two("[Great|Welcome]! [You've come to the right place|We can help you with that].",
          "[Hi|Welcome], I'm {name2}. [I'll tell you all about it|Ask me anything you like].",
          "Lovely, I can show you around if you like.")
    if d.chance(0.6):
        d.one("Do you have a {facility}?", "[Is it true|Am I right] that there's a {facility} [here|too]?",
              "And what about a {facility}?")
        if has:
            d.two("Yes, [it's|you'll find it] [downstairs|on the first floor].", "We do, and it's [brand new|included].",
                  "Certainly, it's everyone's favourite.")
        else:
            d.two("[No, not yet|I'm afraid not]. [Maybe next year|There isn't enough room].",
                  "We don't, [sorry|unfortunately]. [But we have lots of courses|We have plenty of machines, though].",
                  "That's the one thing we haven't got.")
    d.digress()
    d.one("[How much is it|What does it cost]?", "And how much [do you charge|would I pay]?",
          "Let's talk about money. What are the fees?")
    if outcome == "declines":
        d.two("It's {price} a month, and you sign up for {term} months at least.",
              "{price} a month. The contract runs for [at least|] {term} months.",
              "You'd pay {price} a month, with a minimum of {term} months.")
    else:
        d.two("It's {price} a month, or {yearly} for a whole year.",
              "{price} a month. If you pay [for a year|by the year], it's {yearly}.",
              "There are two ways. Either {price} a month or {yearly} a year.")
    if outcome == "monthly":
        d.one("I'd rather pay [monthly|by the month]. [Can I sign up now|Where do I sign]?",
              "Then the {price} a month, please. [I don't want to commit myself|I may move soon].",
              "A year is too long for me. I'll pay month by month.")
        d.two("[Sure|No problem]. [Just fill in|Please complete] this form.", "[Here's the form|Here you go]. You can start [today|right away].",
              "Good choice. Welcome to the club.")
        d.summary("{P1} wants to join a gym. {P1} decides to pay {price} a month.",
                  "{P1} asks {P2} about the gym and signs up for the monthly membership at {price}.",
                  "{P2} explains the fees of the gym to {P1}, who chooses to pay {price} every month.",
                  "{P1} becomes a member of {P2}'s gym and prefers paying {price} by the month to a whole year.")
    elif outcome == "yearly":
        d.one("A year, then. [It's cheaper|That's the better deal].", "I'll take the [whole|full] year for {yearly}.",
              "If I pay for a year, I might actually come. Let's do that.")
        d.two("[Excellent|Great]. [Just fill in|Please complete] this form.", "[Wise choice|Good decision]. You can start [today|right away].",
              "Wonderful. So that's one year, starting now.")
        d.summary("{P1} wants to join a gym. {P1} decides to pay {yearly} for a whole year.",
                  "{P1} asks {P2} about the gym and signs up for a year at {yearly}.",
                  "{P2} explains the fees of the gym to {P1}, who chooses the yearly membership for {yearly}.",
                  "{P1} becomes a member of {P2}'s gym for a year and pays {yearly}.")
    elif outcome == "trial":
        d.one("[Hmm|Well], I'm not sure yet. [Can I try it first|Is there a trial]?",
              "Could I [come once|train once] [for free|without paying], just to see?",
              "Before I decide, I'd like to know what it's like.")
        d.two("[Of course|Sure]. Come to a free trial [session|class] on {trial} at {time}.",
              "We have a free trial on {trial} at {time}. [Shall I put you down|Would you like to come]?",
              "Then join our free trial on {trial}. It starts at {time}.")
        d.one("{trial} at {time}? [Great, I'll be there|Perfect].", "[That's a good idea|I like that]. See you on {trial}.",
              "Wonderful, I'll pack my sports bag.")
        d.summary("{P1} asks about a gym membership. {P1} will first come to a free trial on {trial} at {time}.",
                  "{P1} isn't sure about joining the gym, so {P2} offers a free trial on {trial} at {time}.",
                  "{P2} tells {P1} what the gym costs and invites {P1} to a free trial on {trial}.",
                  "Before joining the gym, {P1} wants to try it, and {P2} arranges that for {trial} at {time}.")
    else:
        d.one("{term} months? [That's too long for me|I don't want such a long contract].",
              "[Oh|Hmm], I can't [commit myself|tie myself down] for {term} months.",
              "I had hoped to pay only when I come. {term} months won't work.")
        d.two("[I'm sorry|Unfortunately], [that's the shortest we have|we have nothing shorter].",
              "I understand, but [it's the same for everyone|I can't change that].",
              "There's no way around it, I fear.")
        d.one("Then I'll [look for another gym|look somewhere else]. [Thanks anyway|Thank you].",
              "In that case, [no, thank you|I'd better not]. [Goodbye|Thanks for your time].",
              "What a pity. I'll go jogging instead.")
        d.summary("{P1} asks about joining a gym but doesn't because the contract runs for {term} months.",
                  "{P2} offers {P1} a gym membership for {price} a month, but {P1} finds {term} months too long.",
                  "{P1} is interested in a membership, but decides against the gym since {term} months is too long.",
                  "{P1} does not join {P2}'s gym, as it requires a contract of at least {term} months.")
    d.gist("I want to {goal}.", "Someone asks about gym fees.", "The gym costs {price} a month.")
