"""Home: flats to let, landlords, neighbours, help in the house and moving."""

from engine.builtin.grammar import Draw, scenario


@scenario("rent a flat", "viewing a flat", "find a place to live")
def view_flat(d: Draw) -> None:
    rent = d.number(450, 1400, 50)
    d.set(rent=f"{rent} dollars", offer=f"{rent - 50} dollars", move=d.month(), day=d.day("Sunday"),
          floor=d.pick("first", "second", "third", "fourth", "fifth"),
          feature=d.pick("a balcony", "a big kitchen", "a sunny terrace", "a new bathroom", "a fireplace", "a parking space"),
          flaw=d.pick("the bedroom is too small", "the street is too loud", "there is no lift", "the kitchen is too dark",
                      "the bathroom has no window", "the walls are damp"),
          job=d.pick("nurse", "teacher", "student", "cook", "bus driver", "programmer"))
    outcome = d.pick("takes it", "thinks", "rejects", "bargains")

    d.one("[Hello|Good afternoon], come in. So this is the flat.", "[Welcome|Hello]. Did you find the house [easily|all right]?",
          "Hello, {title2}. [Nice to meet you|Thank you for coming]. Let me show you the flat.",
          "You must be here for the viewing. Please, after you.")
    d.two("[Hello|Thank you]. [It looks nice|It's bigger than I thought]. Which floor is this?",
          "Thanks. [What a lot of light|That's a lovely hall]. And which floor are we on?",
          "Good afternoon. I'm out of breath. What floor are we on?")
    d.one("The {floor} floor. And the flat has {feature}, as you can see.",
          "It's the {floor} floor. [Look|Look here], there's {feature}, too.",
          "We're on the {floor} floor. What people like best is that it has {feature}.")
    d.two("[Wonderful|That's great]. [I've always wanted that|My old place has nothing like it]. How much is the rent?",
          "[Oh, very nice|I like that]. And what would I pay [a month|each month]?",
          "That is a real plus. What about the rent, though?")
    d.digress()
    d.one("It's {rent} a month. It's free from {move}.", "{rent} a month, [with heating|everything included]. You could have it from {move}.",
          "The owner asks {rent} a month, and the flat is available from {move}.")
    if d.chance(0.5):
        d.two("{move} [would be good|suits me]. [Do you need any papers from me|What do you want to know about me]?",
              "[I see|Okay]. Is there anything you need to know about me?",
              "That fits. I suppose you have questions for me as well.")
        d.one("[Just one thing|Yes]. What do you do [for a living|]?", "[Only|Just] your job, [please|really].",
              "May I ask what sort of work you do?")
        d.two("I'm {a job}. And I'm [hardly ever at home|very tidy].",
              "I'm {a job}, and I [don't smoke|have no pets].", "I work as {a job}, so I like it quiet at home.")
        d.one("[Good|Fine]. [So, what do you think|How do you like the flat]?", "That's [all right|no problem]. What do you say?",
              "Perfect. Now tell me honestly, does it appeal to you?")

    if outcome == "takes it":
        d.two("[I love it|It's perfect]. I'd like to take it.", "I don't need to [look any further|think about it]. I'll take it.",
              "It's exactly what I've been dreaming of. Where do I sign?")
        d.one("[Great|Wonderful]. Come to my office on {day} to sign the contract.", "Then [let's sign|we can sign] the contract on {day}.",
              "I'm glad. I'll prepare the contract for {day}.")
        d.two("On {day}, [all right|of course]. [I'm so happy|I can't wait].", "[Perfect|Great]. [See you then|I'll be there].",
              "You've made me very happy. Till {day}.")
        d.summary("{P1} shows {P2} a flat that costs {rent} a month. {P2} takes it and will sign the contract on {day}.",
                  "{P2} views a flat on the {floor} floor and likes it. They will sign the contract on {day}.",
                  "{P2} decides to rent the flat {P1} shows, which has {feature}, for {rent} a month.",
                  "After a viewing, {P2} wants to rent the flat for {rent}, and {P1} will have the contract ready on {day}.")
    elif outcome == "thinks":
        d.two("[I like it|It's nice], but I'd like to think about it. Can I tell you on {day}?",
              "May I sleep on it? I'd let you know by {day}.", "I can't decide on the spot. Is it all right if I call you on {day}?")
        d.one("[All right|Fine], but [not later than that|others are interested, too].", "{day} is [fine|okay]. [I'll wait|Call me any time].",
              "Do, but don't leave it any longer.")
        d.two("[I won't|Of course]. [Thank you for showing me around|Thanks for your time].", "[I promise|Don't worry]. You'll hear from me.",
              "That's very fair. Goodbye.")
        d.summary("{P1} shows {P2} a flat that costs {rent} a month. {P2} wants to think about it until {day}.",
                  "{P2} views a flat on the {floor} floor but isn't sure yet. {P2} will give {P1} an answer on {day}.",
                  "{P2} likes the flat that {P1} shows, which has {feature}, but will only decide by {day}.",
                  "After a viewing, {P2} asks {P1} for time until {day} to decide about the flat for {rent}.")
    elif outcome == "rejects":
        d.two("[To be honest|Well], {flaw}. I don't think it's for me.", "It's [nice|a good flat], but {flaw}. I'd rather not take it.",
              "I'm sorry, it won't do. You see, {flaw}.")
        d.one("[What a pity|I see]. [Nobody else has complained about that|That can't be helped].",
              "That's a shame. [I can't change that|I understand].",
              "Well, I can't argue with that.")
        d.two("[Thank you anyway|Thanks for your time]. [Goodbye|I hope you find someone].", "[I'll keep looking|I'll look at some others], [then|I think]. Thanks.",
              "No hard feelings, I hope. Goodbye.")
        d.summary("{P1} shows {P2} a flat that costs {rent} a month, but {P2} doesn't want it because {flaw}.",
                  "{P2} views a flat on the {floor} floor and decides against it since {flaw}.",
                  "{P2} doesn't rent the flat {P1} shows. Although it has {feature}, {flaw}.",
                  "After a viewing, {P2} turns down the flat for {rent} a month, as {flaw}.")
    else:
        d.two("[I like it|It's nice], but {rent} is [too much|a lot] for me. Would you [take|accept] {offer}?",
              "{rent} is more than I can pay. [How about|What about] {offer}?", "If you could let me have it for {offer}, I'd take it today.")
        d.one("[Hmm|Well]. {offer}? [All right|Okay], [because you seem nice|if you're tidy].",
              "[You drive a hard bargain|I shouldn't], but fine, {offer} it is.", "Since you'd be a quiet tenant, I'll agree to {offer}.")
        d.two("[Thank you|Great]! You won't [regret it|be sorry].", "[Fantastic|Wonderful]. Then I'll take it.", "You're very generous. It's a deal.")
        d.summary("{P2} finds {rent} a month too much for the flat, and {P1} agrees to {offer}.",
                  "{P2} views a flat on the {floor} floor. {P1} lowers the rent from {rent} to {offer}, and {P2} takes it.",
                  "{P1} shows {P2} a flat that has {feature} and lets {P2} have it for {offer} instead of {rent}.",
                  "After a viewing, {P2} bargains over the rent of {rent}, and {P1} accepts {offer}.")
    d.gist("The flat costs {rent}.", "A flat with {feature} is free.", "This is the flat on the {floor} floor.")


@scenario("call the landlord", "repair in a flat", "broken heating")
def landlord_repair(d: Draw) -> None:
    thing, fault, worker = d.pick(
        ("heating", "stays cold", "heating engineer"), ("tap in the kitchen", "keeps dripping", "plumber"),
        ("shower", "has no hot water", "plumber"), ("fridge", "makes a terrible noise", "technician"),
        ("front door lock", "jams every time", "locksmith"), ("oven", "won't turn on", "electrician"),
        ("bedroom window", "doesn't close", "carpenter"), ("washing machine", "leaks all over the floor", "mechanic"),
        ("light in the hall", "keeps going out", "electrician"), ("toilet", "won't flush", "plumber"),
    )
    first, second = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    d.set(thing=thing, fault=fault, worker=worker, day=second, mistaken=first, time=d.clock(8, 17), length=d.count(2, 9),
          cost=d.money(40, 180, 10))
    outcome = d.pick("worker", "comes", "deduct", "refuses")

    d.one("[Hello|Good morning], {title2}. [It's your tenant|I'm calling] about the flat. The {thing} {fault}.",
          "[Hi|Hello], it's me, your tenant. I have a problem. The {thing} {fault}.",
          "Hello, it's {name1} from upstairs. [I'm sorry to bother you|Do you have a minute]? The {thing} {fault}.",
          "Sorry to ring you, but something has to be done. The {thing} {fault}.")
    d.two("[Oh no|Oh dear]. [Since when|How long has it been like that]?", "[Again|Really]? [When did you notice|How long have you had this problem]?",
          "That's not good. When did it begin?")
    d.one("[For|It's been] {length} days[ now|]. [I can't go on like this|It's driving me mad].", "It began {length} days ago. [I thought it would stop|I tried everything I could].",
          "It's been {length} days, and my patience is running out.")
    if d.chance(0.4):
        d.two("Have you [tried to fix it yourself|touched anything]?", "And you haven't [tried|done] anything [to it|yourself]?",
              "You didn't take it apart, did you?")
        d.one("No, [of course not|I wouldn't dare]. [I don't want to make it worse|I know nothing about such things].",
              "[I only looked at it|I just had a quick look]. [I'd rather leave it alone|I'm no good at that].",
              "Certainly not. I've left everything as it was.")
    if outcome == "worker":
        d.two("I'll [call|send] {a worker}. Would {day} [be all right|suit you]?", "We need {a worker}. [I know someone|I have one] who could come on {day}.", "Then {a worker} will have to look at it. Let's say {day}.")
        d.one("{day} is [fine|good]. [At what time|What time]?", "Yes, {day}. [When exactly|Morning or afternoon]?", "I'll be at home on {day}. Which hour?")
        d.two("At {time}. [Please be at home|Please let them in].", "Around {time}, [I think|if that's okay].", "You can expect somebody at {time}.")
        d.one("[Great|Good]. Thank you [very much|for your help].", "[I'll be there|I'll be waiting]. Thanks.", "That's quick. I appreciate it.")
        d.summary("{P1} tells {P2} that the {thing} {fault}. {P2} will send {a worker} on {day} at {time}.",
                  "The {thing} in {P1}'s flat {fault}, so {P2} arranges for {a worker} to come on {day}.",
                  "{P1} calls {P2} about a problem with the {thing}. Somebody will come on {day} at {time}.",
                  "{P2} promises {P1}, whose {thing} {fault}, that {a worker} will be there on {day} at {time}.")
    elif outcome == "comes":
        if d.chance(0.4):
            d.two("I'll [come over|come by] and fix it myself on {mistaken}. No, sorry, I meant {day}.",
                  "Let me do that myself. I'm free on {mistaken}, or rather on {day}.",
                  "I'm good with my hands, so I'll come on {mistaken}. Wait, no, it has to be {day}.")
        else:
            d.two("I'll [come over|come by] and fix it myself on {day}.", "Let me [do that|mend it] myself. I'm free on {day}.",
                  "No need for a workman. I'll bring my tools on {day}.")
        d.one("On {day}? [And when|At what time]?",
              "[Good|Okay]. What time will you be here?",
              "That's kind. When should I expect you?")
        d.two("[At|About] {time}. It won't take long.", "{time}, if you don't mind.",
              "I can be with you at {time}.")
        d.one("[Fine|All right]. I'll [make some coffee|be at home].", "{time} [works|is fine]. Thanks a lot.", "Super. I'm so relieved.")
        d.summary("{P1} tells {P2} that the {thing} {fault}. {P2} will come on {day} at {time} and fix it personally.",
                  "The {thing} in {P1}'s flat {fault}. {P2} wants to repair it without a workman on {day}.",
                  "{P1} calls {P2} about a problem with the {thing}, and {P2} will come over at {time} on {day}.",
                  "{P2}, whose tenant {P1} complains that the {thing} {fault}, is going to mend it on {day}.")
    elif outcome == "deduct":
        d.two("I'm [abroad|away] at the moment. Could you call {a worker} yourself?", "[I can't come now|I'm not in town]. Would you mind finding {a worker}?",
              "I can't see to it from here. Just get {a worker}, would you?")
        d.one("[I could|I suppose so]. But who [is going to pay|pays for that]?", "[Yes, but|All right, but] what about the bill.",
              "I can, as long as I'm not left with the bill.")
        d.two("[Just take|Simply take] it off the rent. Up to {cost} is fine.", "Send me the bill and pay less rent [next month|this month]. Anything up to {cost} is okay.",
              "You may deduct it from your rent, as long as it's no more than {cost}.")
        d.one("[Okay|Fair enough]. I'll [do that|call somebody today].", "Up to {cost}. [Got it|Right], thank you.", "Good. I'll keep the receipt for you.")
        d.summary("{P1} tells {P2} that the {thing} {fault}. {P2} asks {P1} to call {a worker} and take the cost off the rent.",
                  "The {thing} in {P1}'s flat {fault}. {P2} can't come, so {P1} will call {a worker} and pay less rent.",
                  "{P1} calls {P2} about a problem with the {thing}. {P1} may deduct up to {cost} from the rent for the repair.",
                  "As {P2} can't come, {P1} will find {a worker} for the {thing}, and the rent is reduced by up to {cost}.")
    else:
        d.two("[I'm sorry|Well], but [small|such] repairs are your business. It's in the contract.", "The contract says that tenants pay for [things like that|such repairs].",
              "I'm afraid that's not for me to pay. Read your contract.")
        d.one("[That can't be right|I don't believe it]. [It was old when I moved in|I didn't break it].", "[What|Excuse me]? I pay [enough|a lot of] rent [as it is|already].",
              "You can't be serious. None of this is my fault.")
        d.two("[It's all in writing|I can't help that]. You'll have to pay for it.",
              "I'm not [going to argue|paying for it]. [Look it up|Have a look at it].", "My answer is no, I'm sorry to say.")
        d.one("Then I'll [ask a lawyer|talk to the tenants' association].", "[We'll see about that|You'll hear from me]. I'll get legal advice.",
              "In that case I'm taking this further. Goodbye.")
        d.summary("{P1} tells {P2} that the {thing} {fault}, but {P2} refuses to pay for the repair because of the contract.",
                  "The {thing} in {P1}'s flat {fault}. {P2} says that the contract makes tenants pay for it, and {P1} is angry.",
                  "{P1} calls {P2} about a problem with the {thing}. {P2} won't pay, so {P1} wants to take it further.",
                  "{P2} points to the contract and refuses to have {P1}'s {thing} repaired. {P1} won't accept that.")
    d.gist("The {thing} {fault}.", "Something is broken in the flat.", "It has been broken for {length} days.")


@scenario("noisy neighbour", "complain about noise", "neighbours")
def noisy_neighbour(d: Draw) -> None:
    noise, stop = d.pick(
        ("music", "turn it down"), ("television", "turn it down"), ("piano playing", "stop"), ("party", "send everyone home"),
        ("drilling", "stop"), ("drum practice", "stop"), ("singing", "stop"), ("vacuum cleaner", "turn it off"),
        ("washing machine", "turn it off"),
    )
    d.set(noise=noise, stop=stop, hour=d.pick("nine", "half past nine", "ten", "half past ten", "eleven"),
          excuse=d.pick("I have to get up at five", "the baby can't sleep", "I have an exam tomorrow", "I have a bad headache",
                        "I'm trying to work", "my wife is ill"),
          gift=d.pick("a cake", "some earplugs", "a bottle of wine", "some flowers"))
    outcome = d.pick("stops", "hour", "refuses", "friends")

    d.one("[Good evening|Hello]. I live next door. [Could I have a word|Sorry to disturb you], but your {noise} is very loud.",
          "[Excuse me|Hello], I'm {name1} from downstairs. It's about your {noise}. [I can hear it everywhere|It shakes my ceiling].",
          "Hi. I'm your neighbour. Do you know how loud your {noise} is?",
          "Hello. I don't like to complain, but I can't take any more of your {noise}.")
    d.two("[Oh|Really]? [I had no idea|I thought nobody could hear it].", "[Good evening|Hello]. Is it [really|] that loud?",
          "Is it that bad? The walls must be very thin here.")
    d.one("[You can hear every sound|It goes through every wall]. And {excuse}.", "[Oh yes, it's really loud|I'm afraid you can hear everything]. You see, {excuse}.",
          "Believe me, it's loud. The problem is that {excuse}.")
    if outcome == "stops":
        d.two("[I'm so sorry|Oh dear, I'm sorry]. I'll {stop} [right away|at once].", "Of course, I'll {stop} now. [Please excuse me|I didn't think].",
              "How thoughtless of me. I'll {stop} this minute.")
        d.one("[Thank you|That's kind]. [I hope you don't mind my asking|Have a good night].", "[I appreciate it|I knew you'd understand].",
              "You're a good neighbour. Thanks.")
        d.two("Not at all. [Just knock|Just tell me] if it happens again.", "[Don't mention it|You're right to complain]. It won't happen again.",
              "I'm the one who should apologise. Sleep well.")
        d.summary("{P1} complains that {P2}'s {noise} is too loud. {P2} apologises and will {stop} at once.",
                  "{P1} can't stand the noise of {P2}'s {noise}. {P2} is sorry and agrees to {stop}.",
                  "{P2} didn't know that the {noise} was so loud and promises {P1} to {stop} immediately.",
                  "After {P1}'s complaint about the {noise}, {P2} apologises and says it will end now.")
    elif outcome == "hour":
        d.two("[I see|Hmm]. I [still have to|need to] finish this. Could you bear it until {hour}?", "[Sorry|I'm sorry], I need a little longer. [What if|How about if] I {stop} at {hour}?",
              "Let me make a suggestion. I'll {stop} at {hour}. Is that okay?")
        d.one("At {hour}? [Well, all right|I suppose so], but not a minute longer.", "{hour}, [then|fine]. [But really|Please] keep to it.",
              "I can live with {hour}, just about.")
        d.two("[I promise|You have my word]. At {hour} it'll be [quiet|over].", "Of course. [Thank you for being so patient|Thanks for understanding].",
              "You can rely on me. And sorry again.")
        d.summary("{P1} complains about {P2}'s {noise}. They agree that it will stop at {hour}.",
                  "{P1} finds {P2}'s {noise} too loud. {P2} promises to end it at {hour}, and {P1} accepts.",
                  "{P2} can't end the noise of the {noise} right now, but {P1} agrees to put up with it until {hour}.",
                  "After {P1}'s complaint about the {noise}, {P2} offers to be quiet from {hour}.")
    elif outcome == "refuses":
        d.two("[Well|Sorry], [I pay my rent|I live here, too]. I can do what I like.",
              "That's your problem. [It's my flat|I'm at home here].", "I don't see why I should change anything for you.")
        d.one("Then I'll [call|have to call] the police.", "If you don't {stop}, I'm calling the police.", "You leave me no choice but to ring the police.")
        d.two("[Go ahead|Do it], [if you like|I don't care].", "[You wouldn't|Do what you want]. Good night.", "Call whoever you want. Goodbye.")
        d.summary("{P1} complains about {P2}'s {noise}, but {P2} refuses to {stop}, and {P1} wants to call the police.",
                  "{P1} finds {P2}'s {noise} too loud. {P2} doesn't care, so {P1} threatens to call the police.",
                  "{P2} won't do anything about the {noise}, although {P1} says that the police will be called.",
                  "After {P1}'s complaint about the {noise}, {P2} is rude, and {P1} threatens to bring in the police.")
    else:
        d.two("I'm [awfully|so] sorry. I'll {stop}. [And may I|Can I] bring you {gift} tomorrow?", "Oh, I feel terrible. I'll {stop}, and tomorrow I'll bring you {gift}.",
              "Forgive me. It'll end right now, and you'll get {gift} from me tomorrow.")
        d.one("{gift}? [That's really not necessary|You don't have to], but [thank you|how sweet].", "[How nice|That's very kind]. Then come for coffee as well.",
              "Well, I can't say no to that. Thank you.")
        d.two("It's the least I can do. [Good night|Sleep well].", "[I'd like that|I insist]. Neighbours should help each other, [really|after all].",
              "My pleasure. It's nice to have met you at last.")
        d.summary("{P1} complains about {P2}'s {noise}. {P2} apologises and will bring {P1} {gift} tomorrow.",
                  "{P1} finds {P2}'s {noise} too loud. {P2} is sorry and wants to make up for it with {gift}.",
                  "{P2} will make no more noise and promises to bring {P1} {gift} the next day.",
                  "After {P1}'s complaint about the {noise}, {P2} says sorry and offers {gift}.")
    d.gist("The {noise} is too loud.", "Neighbours talk about noise.", "I live next door.")


@scenario("hire help", "job interview at home", "find a cleaner", "find a babysitter")
def hire_help(d: Draw) -> None:
    job, duty = d.pick(
        ("cleaner", "clean the house"), ("babysitter", "look after our two boys"), ("gardener", "cut the grass and the hedges"),
        ("dog walker", "walk our dog"), ("cook", "cook dinner for us"), ("piano teacher", "teach my daughter"),
        ("maths tutor", "help my son with maths"),
    )
    first, second = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    pay = d.number(12, 30)
    d.set(job=job, duty=duty, day=first, other=second, time=d.clock(14, 18), pay=f"{pay} dollars", more=f"{pay + d.number(2, 6)} dollars",
          years=d.count(2, 12), hours=d.count(2, 4))
    outcome = d.pick("hired", "trial", "pay", "day")

    d.one("[Thank you for coming|Come in]. You've seen our advert for {a job}, [right|haven't you]?",
          "[Hello|Good afternoon], {title2}. [Please sit down|Thank you for coming]. We're looking for {a job}.",
          "[Hello|Hi], I'm {name1}. We need {a job}, [as you know|as I wrote to you].",
          "You must be here about the job. It's {a job} we're looking for.")
    d.two("Yes, [I saw it in the paper|I read it online]. What [exactly|] would I have to do?", "[That's right|Exactly]. [Could you tell me more|What's the job like]?",
          "I am indeed. May I ask what the work would be?")
    d.one("[We need you to|You would] {duty} every {day}, {hours} hours [or so|each time].", "[Mostly|Just] to {duty}. It's {hours} hours every {day}.",
          "We'd like somebody to {duty} on {day}, always for {hours} hours.")
    d.two("[No problem|That's easy]. I've [worked|been working] as {a job} for {years} years.", "I did that for {years} years in my last [job|place].",
          "I know all about that. I have {years} years of experience.")
    d.digress()
    if outcome == "day":
        d.one("{years} years, [good|wonderful]. So you can [start|come] on {day}?", "[Excellent|Very good]. And {day} is all right for you?",
              "Splendid. Then I take it {day} would be fine?")
        d.two("[Not really|I'm afraid not]. I work [somewhere else|for another family] on {day}. Is {other} possible?",
              "[Oh|Hmm], {day} is difficult. [I could|I can only] come on {other}.", "That's the one day I can't. But I'm free every {other}.")
        d.one("{other}? [Yes, why not|That's just as good]. Let's say {other}.",
              "[Fine|All right], {other} [works|is okay] for us, too.", "We can be flexible. {other} it is, then.")
        d.two("[Wonderful|Great]. [See you then|I'm looking forward to it].", "Perfect. Thank you [very much|for the job].", "I'm so pleased. You won't be disappointed.")
        d.summary("{P1} is looking for {a job}. {P2} can't come on {day}, so they agree on {other}.",
                  "{P1} hires {P2} as {a job}. {P2} will come on {other} because {day} is impossible.",
                  "{P2} applies to be {P1}'s {job} and gets the work on {other} instead of {day}.",
                  "{P1} wants {a job} for {day}, but changes it to {other} since {P2} is busy.")
    elif outcome == "trial":
        d.one("{years} years, [good|wonderful]. [How about|What about] a trial [on|this] {day}?", "[Excellent|Very good]. Could you come on {day} for a trial?",
              "Impressive. Let's begin with a trial on {day}, shall we?")
        d.two("[Sure|Of course]. [Will I be paid|Is the trial paid]?", "[A trial|That] is fine. Do I get paid for it?", "By all means. I hope the trial isn't for nothing, though?")
        d.one("Yes, {pay} an hour. [If all goes well|If we're happy], you get the job.", "[Naturally|Of course], {pay} an hour. Then we'll decide.",
              "We'd pay you {pay} an hour, and decide afterwards.")
        d.two("[That's fair|Okay]. [See you on|Until] {day}.", "[Good|Great]. I'll [do my best|be there].", "Agreed. I'm sure you'll be satisfied.")
        d.summary("{P1} is looking for {a job}. {P2} will do a paid trial on {day} before {P1} decides.",
                  "{P2}, who has {years} years of experience, agrees to a trial with {P1} on {day}.",
                  "{P1} invites {P2} to a trial on {day} as {a job} and pays {pay} an hour.",
                  "{P2} wants to be {P1}'s {job}. First there will be a trial on {day} for {pay} an hour.")
    elif outcome == "hired":
        d.one("{years} years, [good|wonderful]. We [can pay|pay] {pay} an hour.", "[Excellent|Very good]. Would {pay} an hour be all right?",
              "I like the sound of that. We thought of {pay} an hour.")
        d.two("{pay} an hour is [fine|good]. When [can|do] I start?", "[That's okay|Yes], {pay} [is what I expected|sounds fair].", "I'm happy with {pay}. Does that mean I have the job?")
        d.one("Then you've got the job. You can start [on|next] {day}.", "[Good|Great]! Let's start [on|this] {day}.", "The job is yours. Come on {day}, please.")
        d.two("[Thank you|Wonderful]. [I'm looking forward to it|See you then].", "On {day}. [I'll be on time|I'll be there].", "What good news. Thank you so much.")
        d.summary("{P1} is looking for {a job} and hires {P2}, who will start on {day} for {pay} an hour.",
                  "{P1} hires {P2} as {a job}. {P2} gets {pay} an hour.",
                  "{P2}, who has {years} years of experience, gets the job as {P1}'s {job} and starts on {day}.",
                  "{P2} accepts {pay} an hour and will begin work for {P1} as {a job} on {day}.")
    else:
        d.one("{years} years, [good|wonderful]. We [can pay|pay] {pay} an hour.", "[Excellent|Very good]. Would {pay} an hour be all right?",
              "I like the sound of that. We thought of {pay} an hour.")
        d.two("[Oh|Hmm], [I usually get|I normally charge] {more} an hour.", "{pay}? [I'm sorry|To be honest], I can't work for less than {more}.",
              "I'm afraid my rate is {more}.")
        d.one("{more}? [We can't afford that|That's more than we can pay].", "[I'm sorry|Unfortunately], {more} is too much for us.", "That's well beyond our budget, I'm sorry.")
        d.two("Then [I can't take the job|it won't work], [sorry|I'm afraid]. Thanks [for your time|anyway].", "[What a pity|I understand]. Then you'll have to find someone else.",
              "In that case we'd better leave it. All the best.")
        d.summary("{P1} is looking for {a job}, but {P1} and {P2} don't agree on the pay, as {P2} wants {more} an hour.",
                  "{P1} offers {P2} {pay} an hour as {a job}. {P2} wants {more} and doesn't take the job.",
                  "{P2} doesn't become {P1}'s {job} because {P1} can't pay {more} an hour.",
                  "{P2} has {years} years of experience, but {more} an hour is too much for {P1}, who needs {a job}.")
    d.gist("We need {a job}.", "Someone talks about a job.", "I have {years} years of experience.")


@scenario("move house", "ask a friend for help", "moving day")
def moving_house(d: Draw) -> None:
    first, second = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    d.set(day=first, other=second, place=d.pick("a flat by the river", "a small house", "a flat in the centre", "a farmhouse",
                                                "a place near the station", "a house with a garden"),
          heavy=d.pick("sofa", "piano", "wardrobe", "washing machine", "bookcase", "fridge"), time=d.clock(8, 11),
          reward=d.pick("pizza", "beer", "a big dinner", "homemade cake"), van=d.pick("van", "trailer", "lorry"),
          busy=d.pick("I have to work", "I'm away that day", "my parents are visiting", "I have a wedding", "I have an exam"),
          price=d.money(120, 400, 20))
    outcome = d.pick("helps", "other day", "van", "company")

    if d.chance(0.5):
        d.one("[Hi|Hey], {name2}. [Guess what|I have news]. I'm moving to {place}.", "[Hello|Hi], {name2}. [Did I tell you|Have you heard]? I'm moving to {place}.",
              "There you are, {name2}. I've been meaning to tell you that I'm moving to {place}.")
    else:
        d.one("[Guess what|I have some news]. I'm moving to {place}.", "Have I told you? I've found {place}, and I'm moving.",
              "You won't believe it, I'm finally moving to {place}.")
    d.two("[That's great|How exciting]! When [are you moving|is the big day]?", "[Congratulations|I'm happy for you]. [When is it|When do you move]?",
          "You lucky thing. When does it all happen?")
    d.one("On {day}. [To be honest|Actually], I could do with some help. There's the {heavy}, for example.",
          "[On|This] {day}. [Would you|Could you] help me carry the {heavy}?", "It's {day}. I was wondering if you'd give me a hand with the {heavy}.")
    if outcome == "helps":
        d.two("[Of course|Sure], I'll [help|be there]. What time [should I come|do you start]?", "[No problem|I'd be glad to]. When do you need me?",
              "You can count on me. At what hour do we begin?")
        d.one("At {time}. [There'll be|I'll get us] {reward} [afterwards|when we're done].", "Around {time}, [if that's not too early|if you can]. And you'll get {reward}.",
              "{time} would be ideal. Naturally there'll be {reward} for everyone.")
        d.two("{reward}? [Now you're talking|Then I can't say no]!", "{time}, [fine|all right]. I'll bring [gloves|some rope].", "Then I'll be there with my sleeves rolled up.")
        d.summary("{P1} is moving to {place} on {day}. {P2} will come at {time} to help.",
                  "{P1} asks {P2} for help with moving on {day}. {P2} agrees, and there will be {reward}.",
                  "{P2} is going to help {P1} carry the {heavy} on {day} at {time}.",
                  "{P1} moves house on {day}, and {P2} gladly promises to lend a hand at {time}.")
    elif outcome == "other day":
        d.two("[Oh no|I'm sorry], {busy}. But I'm free on {other}.",
              "I'd love to, but {busy}. I can only help on {other}.",
              "What a pity, {busy}. If it were {other}, I'd come.")
        d.one("[That's all right|No problem]. I'll move on {other}, then.", "{other}? [Why not|That works], I'll move then.",
              "Then let's make it {other}. I'm not in a hurry.")
        d.two("[Really|Are you sure]? [Great|Then I'll be there].", "[Perfect|Good]. I'll come first thing in the morning.",
              "How kind of you to wait for me. See you then.")
        d.summary("{P1} is moving to {place}. {P2} has no time on {day}, so {P1} will move on {other}.",
                  "{P1} asks {P2} for help with moving on {day}. As {P2} can't come, {P1} changes it to {other}.",
                  "{P2} can't help {P1} with the {heavy} on {day}, but will do so on {other}.",
                  "{P1} changes the day of the move from {day} to {other} so that {P2} can help.")
    elif outcome == "van":
        d.two("[Oh no|I'm sorry], {busy}. But you can [borrow|have] my {van}.", "I'd love to, but {busy}. Do you need {a van}? You can have mine.",
              "I can't come, {busy}. I could lend you my {van}, though.")
        d.one("[Really|Would you]? That would [help a lot|be fantastic].", "Your {van}? [That's so kind|You're a lifesaver].", "That's nearly as good. Are you sure?")
        d.two("[Sure|Of course]. Just bring it back [clean|in one piece].",
              "[No problem|Don't mention it]. I don't need it anyway.", "It only stands around. Come and get the keys.")
        d.digress(0.2)
        d.one("[Thank you so much|I owe you one]. I'll be careful with it.", "[I will|Great]. You're a true friend.", "That's a weight off my mind. Thank you.")
        d.summary("{P1} is moving to {place}. {P2} can't help on {day} but lends {P1} {a van}.",
                  "{P1} asks {P2} for help with moving on {day}. {P2} has no time and offers {a van} instead.",
                  "{P2} can't carry the {heavy} with {P1} on {day}, but {P1} may borrow {P2}'s {van}.",
                  "{P1} moves house on {day}. {P2} isn't free that day, so {P1} gets {P2}'s {van}.")
    else:
        d.two("[With my back|With my bad back]? [I can't lift anything|I mustn't carry a thing]. Why don't you hire a moving company?",
              "I [hurt|strained] my back [last week|at work]. You should [hire|call] a moving company.", "The doctor told me not to lift anything, because of my back. Get a moving company to do it.")
        d.one("[Isn't that|Aren't they] expensive?", "A company? [What does that cost|How much do they charge]?", "I thought those cost a fortune?")
        d.two("[Mine|The one I had] [only|] charged {price}. It was worth it.", "I paid {price} [last time|when I moved]. They [did|carried] everything.", "They took {price} from me and broke nothing.")
        d.digress(0.2)
        d.one("{price}? [That's not bad|I can afford that]. I'll [call them|do that].", "{price}, [I see|okay]. I'll ring them today.",
              "That's less than I feared. I'll hire them.")
        d.summary("{P1} is moving to {place} on {day}. {P2} can't help, so {P1} will hire a moving company.",
                  "{P1} asks {P2} for help with moving. {P2} has a bad back and recommends a moving company that charged {price}.",
                  "{P2} can't help {P1} carry the {heavy} because of a bad back, so {P1} will pay a company to do it.",
                  "{P1} moves house on {day} and will call the moving company that {P2} suggests.")
    d.gist("I am moving on {day}.", "A friend moves to {place}.", "The {heavy} is heavy.")
