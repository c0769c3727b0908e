"""Free time: weekends, pets, friends who need advice, and surprises."""

from engine.builtin.grammar import Draw, scenario


@scenario("planning the weekend", "weekend plans", "making plans")
def plan_weekend(d: Draw) -> None:
    first, second = d.sample(2, "a hike by the lake", "a boat trip", "a visit to the zoo", "a day at the beach", "a bike tour",
                             "a picnic in the park", "a trip to the mountains", "a game of tennis", "a day at the flea market")
    day = d.pick("Saturday", "Sunday")
    d.set(first=first, second=second, day=day, otherday="Sunday" if day == "Saturday" else "Saturday", time=d.clock(8, 11),
          meet=d.pick("the station", "your place", "the main square", "the bus stop", "the bakery", "the bridge"),
          bring=d.pick("sandwiches", "a flask of tea", "the camera", "some fruit", "the map", "a blanket", "a cake"),
          weather=d.pick("rain", "a storm", "strong wind", "thunder", "heavy showers"),
          film=d.pick("the new crime film", "an old comedy", "the film about the whales", "a science fiction film", "the cartoon everyone talks about"),
          excuse=d.pick("I have to help my sister move", "my parents are visiting", "I'm working this weekend", "I have to study for an exam",
                        "I promised to paint my aunt's kitchen", "I'm playing in a tournament"))
    outcome = d.pick("agreed", "other", "weather", "busy")

    d.one("[Hi|Hey], {name2}. [Do you have|Have you got] any plans for the weekend?", "[Hello|Hi], {name2}! [Do you know|Have you decided] what you're doing at the weekend?",
          "It's nearly the weekend, {name2}. Have you made any plans yet?")
    if outcome == "busy":
        d.two("[Yes, I'm afraid|Well, yes,] {excuse}. Why [do you ask|are you asking]?", "Not nice ones. {excuse}. [And you|What about you]?",
              "My weekend is full, sadly: {excuse}. What did you have in mind?")
    else:
        d.two("[Not yet|Not really], {name1}. Why [do you ask|are you asking]?", "[Nothing special|No, nothing], {name1}. [And you|What about you]?",
              "If you call doing the laundry a plan, {name1}! Do you have a better idea?")
    if outcome == "busy":
        d.one("Oh. [On both days|The whole weekend]?", "[Really|Oh]? From morning [till|to] night?", "Will you be busy the whole time?")
        d.two("[I'm afraid|It looks] so. I [won't even have|don't even have] time to go shopping.", "Yes, [both days|Saturday and Sunday]. What did you want to do?",
              "Not even an hour, I've checked. Had you planned something nice?")
    elif d.chance(0.4):
        d.one("[I've been|I was] stuck in the office all week, and I need [some fresh air|a change].", "Well, it's been [a long week|such a hard week]. I want to get out.",
              "If I spend another weekend on the sofa, I'll turn into a cushion.")
        d.two("I know [what you mean|the feeling]. What [would you like to do|are you thinking of]?", "[Same here|Me too]. Any ideas?", "That sounds familiar. So tell me your plan.")
    else:
        d.digress(0.2)

    if outcome == "agreed":
        d.one("How about {first} on {day}?", "I [thought|was thinking] of {first} on {day}. Would you [come|join me]?", "What would you say to {first} this {day}?")
        d.two("[Great idea|I'd love that]! When [do we|shall we] meet?", "[That sounds|Sounds] wonderful. Where and when?", "You don't have to ask me twice. Tell me where to be.")
        d.one("At {time}, at {meet}?", "Let's meet at {meet} at {time}.", "Shall we say {time}, at {meet}?")
        d.two("[Perfect|Fine]. I'll bring {bring}.", "{time} is [fine|okay]. And I'll [take|bring] {bring}.", "I'll be there, and you can count on me for {bring}.")
        if d.chance(0.5):
            d.one("[Great|Wonderful]. See you on {day}.", "[Lovely|Good]! I'm looking forward to it.", "What would I do without you? Till {day}!")
        d.summary("{P1} suggests {first} on {day}, and {P2} agrees. They will meet at {time}.",
                  "{P1} and {P2} plan {first} for {day}. {P2} will bring {bring}.",
                  "{P1} invites {P2} to {first} at the weekend. They decide to meet on {day} at {time}.",
                  "{P2} gladly accepts {P1}'s idea of {first} on {day} and will bring {bring}.")
    elif outcome == "other":
        d.one("How about {first} on {day}?", "I [thought|was thinking] of {first} on {day}. Would you [come|join me]?", "What would you say to {first} this {day}?")
        d.two("[Hmm|Well], I'd rather do something else. [Why not|How about] {second}?",
              "[To be honest|Honestly], that's not really my thing. What about {second}?",
              "I did that only last week. Couldn't we make it {second}?")
        d.digress(0.2)
        d.one("{second}? [I've never thought of that|Oh, why not]. But [isn't it|won't it be] very busy?", "[Hm|Oh], {second}. Will it be very crowded?",
              "I hadn't thought of {second}. Do you think it'll be busy?")
        d.two("[Not if|No, not if] we go early. [Say|Shall we say] {time}?", "[Not|Surely not] in the morning. We could [meet|start] at {time}.", "Only later in the day. Let's start at {time}.")
        d.one("[Okay|All right], {time} on {day}, then.", "[Fine|Good], you've convinced me. {day} at {time}.", "Then that's settled: {day}, {time}. Don't oversleep!")
        d.summary("{P1} suggests {first}, but {P2} prefers {second}. They agree on {day} at {time}.",
                  "{P2} doesn't like {P1}'s idea of {first} and proposes {second} instead. {P1} agrees.",
                  "{P1} and {P2} plan their weekend. They choose {second} over {first} and will start at {time} on {day}.",
                  "{P1} wants {first} on {day}, but {P2} persuades {P1} to choose {second}.")
    elif outcome == "weather":
        d.one("How about {first} on {day}?", "I [thought|was thinking] of {first} on {day}. Would you [come|join me]?", "What would you say to {first} this {day}?")
        d.two("[I'd like that|Nice idea], but the forecast says {weather}[ for {day}|].", "Haven't you seen the forecast? There'll be {weather}[ all day|].",
              "Any other time, yes. Only they're expecting {weather}.")
        d.digress(0.2)
        d.one("[Oh no|What a pity]. [And on|What about] {otherday}?", "{weather}? [Again|In this season]? Then maybe {otherday}?", "That's just typical. Is {otherday} any better?")
        d.two("{otherday} [is|will be] just as bad. [Let's|Why don't we] go to the cinema? I'd like to see {film}.", "No better, [I'm afraid|it seems]. We could watch {film} at the cinema instead.",
              "It looks the same. But {film} is on at the cinema, and it's dry in there.")
        d.one("[Okay|Good idea], the cinema, then. [I'll|Let me] get the tickets.", "[Fine|Well], at least we'll stay dry. I'll book the tickets.", "Popcorn instead of fresh air, then. I'll see to the tickets.")
        d.two("[Great|Thanks]. I'll pay for the popcorn.", "[Good|Perfect]. Get seats [at the back|in the middle].", "And I'll buy the drinks. It's a deal.")
        d.summary("{P1} suggests {first} on {day}, but {weather} " + ("are" if d.facts["weather"] == "heavy showers" else "is") + " expected, so they will go to the cinema.",
                  "Because of {weather}, {P1} and {P2} give up the idea of {first} and decide to see {film}.",
                  "{P2} tells {P1} that the weather will be too bad for {first}. They will watch {film} instead, and {P1} gets the tickets.",
                  "{P1} wants {first} at the weekend. As the forecast is bad, {P2} proposes the cinema, and {P1} will book the tickets.")
    else:
        d.one("[I wanted|I was going] to ask you along for {first}. [What a pity|That's a shame].",
              "[Oh|Oh, that's a pity]. I was hoping for {first} with you.", "I had set my heart on {first}, the two of us.")
        d.two("I'd [love to|really like to], but I can't. [Another|Some other] time?", "[Sorry|I'm sorry], {name1}. Can we do it [another time|some other weekend]?",
              "It breaks my heart to say no. Could we put it off?")
        d.digress(0.2)
        d.one("[Of course|Sure]. [Are you free|Do you have time] next {day}?", "[No problem|Don't worry]. How about next {day}?",
              "Naturally. Put me in your diary for next {day}.")
        d.two("Next {day} is [perfect|fine]. I'm looking forward to it!", "[Yes|Yes, gladly]. I'll [write it down|keep it free].", "I'm doing it this very second. Done!")
        d.summary("{P1} asks {P2} about {first}, but {P2} is busy this weekend. They put it off to next {day}.",
                  "{P2} can't join {P1} for {first} at the weekend. They will do it next {day} instead.",
                  "{P1} would like {P2} to come along for {first}. {P2} has no time this weekend, so they agree on next {day}.",
                  "{P2} already has something to do at the weekend, so {P1} and {P2} plan {first} for next {day}.")
    d.gist("Friends talk about the weekend.", "They discuss {first}.", "Do you have any plans for the weekend?")


@scenario("adopting a pet", "at the animal shelter", "getting a pet")
def adopt_pet(d: Draw) -> None:
    kind, pet = d.pick(("dog", "Bruno"), ("dog", "Biscuit"), ("dog", "Lady"), ("cat", "Misty"), ("cat", "Pepper"), ("cat", "Ginger"),
                       ("rabbit", "Clover"), ("rabbit", "Snowball"), ("parrot", "Captain"), ("parrot", "Kiwi"))
    day = d.day("Sunday")
    d.set(kind=kind, pet=pet, day=day, wrong=d.day(day, "Sunday"), age=d.count(2, 9), fee=d.money(30, 120, 10),
          home=d.pick("a small flat", "a house with a garden", "a flat with a balcony", "an old farmhouse", "a flat by the park"),
          trait=d.pick("very shy", "quite lazy", "a bit greedy", "rather wild", "afraid of thunder", "very friendly", "terribly curious"),
          family=d.pick("my children", "my partner", "my parents", "my flatmate"),
          hours=d.count(7, 11))
    outcome = d.pick("adopted", "visit", "refused", "think")

    d.two("[Welcome to|This is] the animal shelter. [How can I help|What brings you here]?", "[Hello|Good morning]. Are you looking for a pet?",
          "Come in, and don't mind the barking. What can I do for you?")
    d.one("[Hello|Good morning]. I'm interested in the {kind} called {pet}. I saw the photo [online|on your website].", "[I'd like|I want] to adopt a {kind}. Do you still have {pet}, the one on your website?",
          "It's about {pet}, the {kind} in your newsletter. I fell in love at first sight!")
    d.two("[Ah|Oh], {pet}! {age} years old and {trait}. Where do you live?", "{pet} is {age} years old and {trait}[, you should know|]. [What kind of|What sort of] home do you have?",
          "Everybody loves {pet}! {age} years old, and {trait}. Tell me a little about your home.")
    if d.chance(0.5):
        d.one("[I live|We live] in {home}. [It's|It's very] quiet there.", "It's {home}, [not far from here|in a quiet street].", "Nothing grand, just {home}. But it gets a lot of sun.")
        d.two("[That's nice|Good]. Do you know anything about {a kind}'s needs?", "[I see|All right]. Do you know much about looking after {a kind}?", "Sounds good. And have you found out what {a kind} needs?")
        d.one("[Yes|Oh yes], I grew up with one.", "[A little|Quite a bit]. My aunt [kept|had] two.", "I've read every book in the library about it.")
    else:
        d.digress(0.25)
        d.one("I live in {home}. [And I've|I've] always wanted {a kind}.", "[I live|We live] in {home}. I had {a kind} as a child.", "My home is {home}, and there was always {a kind} in my family.")
    if outcome == "adopted":
        d.two("[And who|Who] looks after {pet} when you're at work?", "What happens to {pet} [while you are out|during the day]?", "Would {pet} be alone a lot?")
        d.one("I work from home, so [that's no problem|I'm always there].", "My neighbours will help[, and I work half days|].",
              "There's nothing to worry about. Someone is always at home.")
        d.two("[That sounds|Sounds] ideal. The fee is {fee}[, which covers the vaccinations|]. You can [take|pick up] {pet} on {day}.",
              "[Wonderful|Very good]. We ask for {fee}, and {pet} can move in on {day}.", "Then I have no doubts at all. It's {fee}, and {pet} is yours from {day}.")
        d.one("[Great|I'm so happy]! I'll come on {day}, then.", "{day}! [I can't wait|I'll buy some food before that].", "Thank you! We'll have everything ready by {day}.")
        d.summary("{P1} adopts {pet}, a {kind}, from the shelter for {fee} and will collect {pet} on {day}.",
                  "{P1} wants to adopt a {kind}. {P2} thinks {P1}'s home is suitable, and {P1} can have {pet} on {day} for {fee}.",
                  "{P2} asks {P1} some questions and agrees to give {P1} the {kind} {pet} for {fee}.",
                  "{P1} is interested in {pet}, a {kind} at the shelter. {P2} lets {P1} adopt {pet} for {fee}.")
    elif outcome == "visit":
        d.two("[Good|Fine]. Before [we decide|you adopt], one of us [has to|must] visit your home.", "We always [look at|visit] the home first[, before anybody adopts|]. Is that [okay|all right]?",
              "Very well. The next step is that a colleague comes round to see your home.")
        d.one("[Of course|Sure]. When [would that be|will you come]?", "[That's fine|I don't mind]. Which day?", "I'd better tidy up, then! When should I expect you?")
        d.two("On {wrong}. [No, sorry|Oh, wait], on {day}.", "[Does|Would] {day} suit you?", "We could manage {day}, if you are at home.")
        d.one("{day} is [fine|perfect].", "[Yes|Okay], I'm at home on {day}.", "{day} it is. I'll put the kettle on.")
        d.summary("{P1} wants to adopt the {kind} {pet}. {P2} says the shelter has to see {P1}'s home first, and they agree on {day}.",
                  "{P1} is interested in {pet}, a {kind}. Somebody from the shelter will visit {P1}'s home on {day}.",
                  "Before {P1} can have the {kind} called {pet}, the shelter wants to visit {P1}'s home on {day}.",
                  "{P2} arranges a visit to {P1}'s home on {day} because {P1} would like to adopt {pet}, a {kind}.")
    elif outcome == "refused":
        d.two("And how long would {pet} be alone [every day|during the day]?", "How many hours a day [are you out|are you away from home]?", "When do you leave for work, and when do you come back?")
        d.one("[About|Around] {hours} hours, [from Monday to Friday|on working days].", "I'm [out|away] {hours} hours, usually.", "I work long days, so I'm gone for {hours} hours.")
        d.two("[I'm sorry, but|I'm afraid] that's too long. {pet} can't be alone [like that|for {hours} hours].", "{hours} hours? [Then I can't|I'm sorry, I can't] give you {pet}.",
              "It hurts me to say it, but with {hours} hours alone, {pet} would be miserable. I have to say no.")
        d.one("[That's sad|What a pity]. But I [understand|see your point].", "[Oh|Hm]. Is there no other way?", "I'm disappointed, I admit. Isn't there anything I can do?")
        d.two("[You could|Why don't you] come at weekends and help us here?", "You'd be [very|] welcome to help at the shelter at weekends.",
              "How about helping us out at weekends? The animals would be glad of it.")
        d.one("[I'd like|I'd love] that[, actually|].", "[Really|Oh]? Then I'll [do that|come].", "That's a lovely idea. Count me in.")
        d.summary("{P1} wants to adopt the {kind} {pet}, but {P2} refuses because {P1} is away {hours} hours a day. {P1} will help at the shelter.",
                  "{P2} doesn't let {P1} adopt {pet} since the {kind} would be alone for too long. {P1} will help at weekends instead.",
                  "{P1} can't have {pet}, a {kind}, because {P1} is out for {hours} hours. {P2} invites {P1} to help at weekends.",
                  "As {P1} is away from home {hours} hours a day, {P2} won't give {P1} the {kind}. {P1} agrees to help at the shelter.")
    else:
        d.two("What do the others at home think [about it|]?", "Does [everyone|everybody] at home agree?", "And is everybody at home happy with the idea?")
        d.one("[To be honest|Well], I haven't asked {family} yet.", "[Hm|Oh]. I still have to talk to {family}.", "I must confess I haven't told {family} a thing.")
        d.two("Please do that first. {a kind} [lives|stays] with you for [many years|a long time].",
              "You should [speak to|ask] everyone first[, before you decide|].", "Then I'd sleep on it and discuss it at home first.")
        d.digress(0.2)
        d.one("[You're right|That's true]. Can you keep {pet} [for me|] until {day}?", "[I will|I'll do that]. Could you wait until {day}?", "That's wise. Would you hold {pet} for me till {day}?")
        d.two("[Until|Till] {day}, yes. Just give us a ring.", "[Sure|Of course]. Call me by {day}.", "That's no trouble. Let me know by {day}.")
        d.summary("{P1} wants to adopt {pet}, a {kind}, but hasn't asked " + d.facts["family"].replace("my ", "{P1}'s ") + " yet. {P2} will wait until {day}.",
                  "{P2} advises {P1} to talk to " + d.facts["family"].replace("my ", "{P1}'s ") + " before adopting a {kind}. {P1} will decide by {day}.",
                  "{P1} is interested in the {kind} {pet}. {P2} suggests discussing it at home first and keeps {pet} until {day}.",
                  "{P1} would like to have {pet}, but has to ask at home first. {P2} agrees to wait until {day}.")
    d.gist("Someone wants a pet.", "{pet} is a {kind}, {age} years old.", "I want to adopt a {kind}.")


@scenario("advice to a friend", "asking a friend for advice", "talking about a problem")
def friend_advice(d: Draw) -> None:
    outcome = d.pick("quarrel", "sleep", "smoking", "stays")
    third = d.other_name()
    day = d.day()
    d.set(third=third, day=day, wrong=d.day(day), weeks=d.count(2, 9), time=d.clock(1, 4),
          subject=d.pick("money", "a broken vase", "a silly joke", "the holiday", "politics", "a borrowed bike", "the rent", "a secret"),
          present=d.pick("flowers", "a letter", "homemade biscuits", "a box of tea", "a book"),
          screen=d.pick("play on my phone", "watch series", "read the news", "answer emails", "play cards online"),
          cure=d.pick("a warm bath", "a short walk", "some quiet music", "a dull book", "a cup of herbal tea", "ten minutes of stretching"),
          sport=d.pick("swimming", "running", "cycling", "rowing", "dancing", "climbing"),
          cost=d.money(40, 120, 10), years=d.count(5, 20))
    if outcome == "stays":
        d.set(day=d.day())

    d.two("You look [tired|worried|unhappy], {name1}. What's [wrong|the matter]?", "[Is everything all right|Are you okay], {name1}? You're so quiet.",
          "{name1}, I can see that something is bothering you. Do you want to talk?")
    if d.chance(0.4):
        d.one("It's [nothing|not important], really.", "[Oh, I'm fine|I'm okay]. Don't worry about me.", "Do you really want to hear it? It's a bit silly.")
        d.two("[Come on|Oh, please], I know you [better than that|too well]. Tell me.", "I'm your friend. [You can tell me|Out with it].", "You don't have to pretend with me. I'm listening.")
    else:
        d.digress(0.2)

    if outcome in ("quarrel", "stays"):
        d.one("I [quarrelled|had a quarrel] with {third} [on {day}|last {day}]. It was about {subject}.", "It's {third}. We had a terrible argument about {subject} on {day}.",
              "You know {third}, don't you? We fell out on {day}, over {subject} of all things.")
        d.two("About {subject}? [How did that happen|What happened]?", "[Oh no|That's sad]. You two have been friends for {years} years!", "That sounds painful. Who started it?")
        d.one("[Well|I don't know], [I said some awful things|we both shouted].", "It's a shame, I know. [I said things|I shouted things] I [didn't mean|regret].", "I'm not sure any more. We both said things that hurt.")
        if outcome == "quarrel":
            d.two("If I were you, I'd [go and say sorry|apologise], and I'd [take|bring] {present}.",
                  "Why don't you [apologise|say sorry]? With {present}, perhaps. That would be a nice [start|gesture].",
                  "Somebody has to take the first step. Turn up with {present} and apologise.")
            d.one("[And|But] what if {third} [doesn't want to see me|shuts the door on me]?", "[I'm not sure|I don't know]. I'm [too proud|scared], I guess.", "That's easy to say. What if it makes things worse?")
            d.two("[You'll never know|You won't find out] if you don't try.", "A friend like {third} is worth it.", "Then at least you tried. But I don't believe it will.")
            d.one("[You're right|I suppose so]. I'll [go|go there] tonight.", "[Okay|All right]. I'll do it tonight.", "I feel better already. I'm going over tonight.")
            d.summary("{P1} has quarrelled with {third} about {subject}. {P2} advises {P1} to apologise with {present}, and {P1} will do so tonight.",
                      "{P2} persuades {P1} to say sorry to {third}, with whom {P1} had an argument about {subject}.",
                      "{P1} regrets an argument with {third} over {subject}. On {P2}'s advice, {P1} will apologise tonight and bring {present}.",
                      "{P1} tells {P2} about a quarrel with {third} on {day}. {P2} suggests going there with {present} to say sorry.")
        else:
            d.two("[Shouldn't you|Don't you want to] call {third} and [say sorry|talk it over]?", "[I think|In my opinion,] you should [ring|call] {third}.", "Pick up the phone and sort it out, that's my advice.")
            d.one("[Never|No way]. [This time|It was {third}'s fault, so] {third} has to call first.", "I always call first. [Not this time|I won't do it again]. It's {third}'s turn.", "No. I've always been the one to give in, and I won't this time.")
            d.two("[You're both|You are] so stubborn. [Think about it|Sleep on it], at least.", "[Is being right|Is your pride] worth a friendship?", "You might regret that one day, you know.")
            d.one("[Maybe|Perhaps]. But I'm not [calling|ringing] {third}.", "I don't care. I'm waiting for {third} to call.", "I'll take that risk. My phone is on, anybody can reach me.")
            d.summary("{P1} has quarrelled with {third} about {subject}. {P2} advises {P1} to call, but {P1} refuses.",
                      "{P2} thinks {P1} should make up with {third} after an argument about {subject}. {P1} doesn't want to make the first step.",
                      "{P1} tells {P2} about an argument with {third} over {subject} but won't follow {P2}'s advice to call {third}.",
                      "{P2} can't persuade {P1} to ring {third}, with whom {P1} had a quarrel on {day}.")
        d.gist("Two friends talk about a quarrel.", "There was an argument about {subject}.", "I had a quarrel with {third}.")
    elif outcome == "sleep":
        d.one("I [can't|just can't] sleep. For {weeks} weeks I've woken up at {time} every night.",
              "I haven't slept well for {weeks} weeks. [Every night|Night after night] I'm still awake at {time}.", "Sleep is the problem. At {time} I'm lying there counting sheep, and that for {weeks} weeks now.")
        d.two("{weeks} weeks! [What do you do|How do you spend your time] before you go to bed?", "[Poor you|Oh dear]. What do you do in the evening?", "No wonder you look like that. What are your evenings like?")
        d.one("[I usually|Mostly I] {screen}, [I suppose|to be honest].", "Well, I {screen} [until midnight|for an hour or two].", "Nothing special. I {screen} in bed.")
        d.two("[There you have it|That's it]! You [should|need to] stop that. Try {cure} instead.", "[Don't do that|Stop that]. {cure} before bed [helps|works wonders].",
              "That would keep anybody awake. Give it up, and let {cure} do its work.")
        d.one("{cure}? [Do you think that works|Does that really help]?", "[I doubt it|I'm not sure]. Does it work for you?", "That sounds like something my grandmother would say. Are you serious?")
        d.two("[It helped me|It worked for me]. If not, see a doctor.", "[Yes|Sure]. Try it for a week, and if nothing changes, see a doctor.", "It did wonders for me. And should it fail, go and see a doctor.")
        d.one("[Okay|All right], I'll try it tonight.", "[Thanks|Thank you]. I'll [start|try it] tonight.", "What have I got to lose? I'll begin tonight.")
        d.summary("{P1} hasn't slept well for {weeks} weeks. {P2} recommends {cure} before bed, and {P1} will try it tonight.",
                  "{P1} tells {P2} about sleeping badly. {P2} suggests {cure} and, if that doesn't help, a doctor.",
                  "{P2} advises {P1}, who can't sleep, to try {cure} in the evening. {P1} will start tonight.",
                  "{P1} has had trouble sleeping for {weeks} weeks. On {P2}'s advice, {P1} is going to try {cure}.")
        d.gist("A friend is tired.", "Sleeping badly for {weeks} weeks.", "I can't sleep at night.")
    else:
        d.one("I want to stop smoking, but I [keep failing|can't do it].", "It's the cigarettes. I've tried to [give up|stop] so often.",
              "I promised to quit smoking, and I've just had a cigarette again.")
        d.two("How long have you been smoking[ now|]?", "[I see|I know how hard that is]. How many years has it been?", "Don't be too hard on yourself. When did you start?")
        d.one("{years} years. And it costs me {cost} a month.", "[For|It must be] {years} years. I spend {cost} a month on it.", "I started {years} years ago. Just think, {cost} a month, all gone up in smoke!")
        d.two("{cost}! You could save that for a holiday. Come {sport} with me, it takes your mind off it.",
              "What helped me was {sport}. Come with me on {day}!", "I stopped when I took up {sport}. Why don't you join me?")
        d.one("{sport}? [Me|With my lungs]? I'd be out of breath [in a minute|at once].", "I'm [not fit|too unfit] for {sport}.", "You want me to go {sport}? People will laugh!")
        d.two("[We'll|We can] start slowly. [Shall we say|How about] {day}?", "Everybody has to begin somewhere. Shall we say {day}?", "I thought so too, for about a week. Be ready on {day}.")
        d.one("[Okay|All right]. {day}, and no more cigarettes from now on.", "[Fine|Well], I'll come on {day}. [Thank you|Thanks] for [not giving up on me|the push].", "You're a real friend. {day}, then, and here, take this packet away from me.")
        d.summary("{P1} finds it hard to stop smoking. {P2} suggests {sport}, and they will go on {day}.",
                  "{P1}, who has smoked for {years} years, wants to give up. {P2} persuades {P1} to try {sport}.",
                  "{P1} spends {cost} a month on cigarettes and wants to stop. {P2} invites {P1} to go {sport} on {day}.",
                  "{P2} advises {P1} to take up {sport} in order to stop smoking, and {P1} agrees to come on {day}.")
        d.gist("A friend wants to stop smoking.", "Smoking for {years} years.", "I spend {cost} a month on cigarettes.")


@scenario("planning a birthday surprise", "a birthday party", "a surprise for a friend")
def birthday_surprise(d: Draw) -> None:
    day = d.day()
    gift, other = d.sample(2, "a watch", "a telescope", "a hammock", "a cookery course", "a concert ticket", "a guitar", "a bicycle helmet",
                           "a painting", "an espresso maker", "a board game")
    d.set(third=d.other_name(), day=day, wrong=d.day(day), time=d.clock(16, 20), gift=gift, other=other, price=d.money(20, 60), age=d.pick("18", "21", "30", "40", "50", "60"),
          place=d.pick("the tennis club", "my flat", "the little Italian place", "the office", "the boathouse", "the park", "my parents' house"),
          trick=d.pick("there's a meeting", "there's a problem with the keys", "someone needs a lift home", "a heavy cupboard has to be moved", "the lights aren't working"))
    outcome = d.pick("party", "gift", "found_out", "refuses")

    d.one("[Psst|Listen], {name2}, {third} [turns|is turning] {age} on {day}.", "{name2}, did you know that {third} will be {age} on {wrong}? No, sorry, on {day}!",
          "Don't tell anyone, {name2}, but it's {third}'s birthday on {day}. {age} years, imagine!")
    d.two("[Really|Oh]? I'd forgotten all about that! What [shall we do|should we do]?", "{age}? [Never|I can't believe it]! We [have|need] to do something.", "How time flies! Have you got anything planned?")
    if outcome == "party":
        d.one("Let's have a surprise party at {place}.", "How about a surprise party at {place}?", "A surprise party, of course! I can see it already, all of us at {place}.")
        d.two("[Good idea|I like that]. But how do we get {third} there?", "[Great|Lovely]! And [how will you|how do we] get {third} to come?", "I'm in. Only, {third} always smells a surprise. What do we say?")
        d.digress(0.2)
        d.one("We'll [just|] say that {trick}.", "[Easy|Simple]. You [phone|call] and say {trick}.", "I've thought about that. The story is that {trick}.")
        d.two("[Ha, good|Clever]. When [should|shall] everyone be there?", "[That might work|Perfect]. What time?", "Nobody could resist that. And the time?")
        d.one("At {time}. I'll [do|see to] the food if you [bake|make] the cake.", "{time}. [Could you|Will you] bake a cake? I'll do the rest.", "Everybody at {time}. May I leave the cake to you?")
        d.two("[Of course|Sure], I'll [make|bake] the cake.", "[Gladly|Okay], the cake is my job.", "A cake with {age} candles, coming up!")
        d.summary("{P1} and {P2} plan a surprise party for {third} on {day}. {P2} will make the cake.",
                  "{P1} wants to surprise {third}, who turns {age}, with a party at {time} on {day}. {P2} takes care of the cake.",
                  "{third}'s birthday is on {day}. {P1} and {P2} want to get {third} to the party by saying that {trick}.",
                  "{P1} suggests a surprise party for {third} at " + d.facts["place"].replace("my ", "{P1}'s ") + ", and {P2} agrees to bake a cake.")
    elif outcome == "gift":
        d.one("[Let's|We could] buy a present together. How about {gift}?", "I [saw|thought of] {gift}. Shall we share the cost?", "I was hoping we'd go halves on a present. What do you think of {gift}?")
        d.two("{third} wouldn't like that[ much|]. I'd [rather buy|go for] {other}.", "[Hm|Well], I don't think {third} would use that. What about {other}?", "Somebody else is giving that, I heard. {other} would be better.")
        d.digress(0.2)
        d.one("{other}? [That's|Oh, that's] much better. How much [is it|would that be]?", "[You're right|Of course], {other}! Is that [very|] expensive?", "Why didn't I think of {other}? What does it cost?")
        d.two("[About|Around] {price} each[, I think|].", "If we share, {price} each.", "I looked it up last week. It'd be {price} each.")
        d.one("[Fine|That's okay]. Will you [order|get] it?", "[I can manage that|All right]. Can you buy it? I'm [away|busy] until {day}.", "That's within reach. Would you take care of it?")
        d.two("[Sure|Yes], I'll [get|order] it today.", "[No problem|Okay]. I'll buy it [after work|at lunchtime].", "Leave it to me. It'll be wrapped and ready.")
        d.summary("{P1} and {P2} will give {third} {other} for {third}'s birthday. Each of them pays {price}.",
                  "{P1} suggests {gift} for {third}'s birthday, but {P2} proposes {other}. {P2} will get it.",
                  "{third} is turning {age}. {P1} and {P2} decide to share the cost of {other} instead of {gift}.",
                  "{P2} persuades {P1} to buy {third} {other} rather than {gift}. They pay {price} each.")
    elif outcome == "found_out":
        d.one("I've [planned|organised] a surprise party at {place}. [You|You'll] come, won't you?", "There's [a secret party|a surprise party] at {place}. Didn't you get my message?", "A surprise party is already arranged at {place}. It's a big secret.")
        d.two("[Oh no|Oh dear]. I think I told {third} about it [yesterday|this morning].",
              "[A surprise|It's a surprise]? [Then|But] {third} knows. I asked {third} what to wear.", "I wish you'd said so earlier! I've been chatting to {third} about it all morning.")
        d.digress(0.2)
        d.one("You did what? It was [supposed|meant] to be a surprise!", "I can't believe it! [Weeks|All those weeks] of planning!", "Please say that you're joking.")
        d.two("I'm [so|terribly] sorry. Couldn't we change the time?", "[Forgive me|I feel awful]. We could [change|move] the time, so it's still a surprise.", "I'm ashamed of myself. Suppose we moved it to another time?")
        d.one("[Hm|Well], {time} instead. And [not a word|don't say a word] to {third} this time!", "[Not bad|Good]. Let's start at {time}, then. And keep quiet!", "That could save it. Make it {time}, and this time your lips are sealed.")
        d.two("I [promise|swear]. And I'll [help you|come early and help].", "[You have my word|I've learned my lesson].", "Not even a whisper. And I'll wash up afterwards.")
        d.summary("{P1} has planned a surprise party for {third}, but {P2} has given it away. They move it to {time}.",
                  "{P2} has told {third} about the surprise party by mistake. {P1} is upset, and they change the time to {time}.",
                  "{P1} is annoyed because {P2} gave away {third}'s birthday surprise. {P2} apologises and suggests changing the time.",
                  "{third} has learned of the surprise party from {P2}. To surprise {third} after all, {P1} changes it to {time}.")
    else:
        d.one("[I want|I'd like] to throw a surprise party. You [can|could] bring {third} to {place}.", "A surprise party at {place}! Will you help me?", "I'm going to surprise {third} with a party at {place}. Are you in?")
        d.two("Are you sure? {third} hates surprises[, you know|].", "[Oh|Hm], I wouldn't do that. {third} can't stand surprises.", "I'm not certain that's wise. Surprises make {third} nervous.")
        d.digress(0.2)
        d.one("[Really|Oh]? How do you know?", "[Who says that|Since when]?", "I've never noticed. Are you certain?")
        d.two("Last [year|time], {third} [walked out|went home] after five minutes.", "{third} told me [so|that] after the last party.", "Someone tried it once, and {third} hid in the kitchen all evening.")
        d.one("[Oh|Hm]. What [do you suggest|should I do], then?", "[Good that I asked|Lucky I asked you]. What would be better?", "Thank goodness I asked. So what now?")
        d.two("A [quiet|nice] dinner for the three of us, at {time}.", "[Just|Let's just] have dinner, the three of us, at {time}.", "Let's simply have dinner, you, me and {third}. At {time}, say.")
        d.one("[All right|Okay], I'll [book a table|cook].", "Dinner [is good|sounds fine]. I'll tell {third}.", "That's much less work, too. Dinner it is.")
        d.summary("{P1} wants to throw a surprise party for {third}, but {P2} advises against it. They will have a dinner instead.",
                  "{P2} tells {P1} that {third} doesn't like surprises. {P1} gives up the party, and they plan a dinner at {time}.",
                  "{P1} plans a surprise party for {third}'s birthday. {P2} persuades {P1} to have dinner together instead.",
                  "Because {third} doesn't like surprises, {P1} and {P2} decide on dinner at {time} rather than a party.")
    d.gist("It is somebody's birthday.", "{third} turns {age} on {day}.", "We have to do something for {third}'s birthday.")
