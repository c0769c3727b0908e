"""Working life: interviews, bosses, colleagues, meetings and computers that let one down."""

from engine.builtin.grammar import _NUMBERS, Draw, scenario


@scenario("job interview", "apply for a job", "interview")
def job_interview(d: Draw) -> None:
    outcome = d.pick("hired", "second", "waiting", "rejected", "declined")
    experience = d.number(2, 6)
    day = d.day("Saturday", "Sunday")
    d.set(job=d.pick("receptionist", "web designer", "cook", "accountant", "translator", "sales manager",
                     "bus driver", "lab assistant", "editor", "tour guide"),
          years=_NUMBERS[experience],
          city=d.pick("Dublin", "Toronto", "Boston", "Leeds", "Vienna", "Singapore", "Chicago", "Melbourne"),
          reason=d.pick("the company is closing down", "there is no chance of promotion", "the hours are too long",
                        "the pay is too low", "the company is moving abroad", "the journey takes two hours",
                        "the work has become boring"))

    d.one("Good morning, {title2}. [Please sit down|Please take a seat]. I hope you haven't been waiting long.",
          "[Come in, please|Hello, do come in]. You must be the one o'clock appointment.",
          "Hello, I'm {title1}. Thank you for coming in [today|at such short notice].",
          "Ah, {title2}, isn't it? Let's go straight in and make a start.")
    d.two("[Good morning|Hello]. Thank you for [inviting me|seeing me].",
          "[Hello|Good morning]. I've been looking forward to this.",
          "It's a pleasure to be here. I'm a little nervous, I must admit.")
    d.one("So you [want|would like] to work for us as {a job}. How much experience do you have?",
          "Tell me, how long have you been working as {a job}?",
          "I see from your letter that you are {a job}. Since when, exactly?")
    d.two("I've done that job for {years} years now, [mostly|all of them] in {city}.",
          "For {years} years. I started out [at a small firm|with a family business] in {city}.",
          "It's been {years} years, and every one of them in {city}.")
    d.one("[And why|Why] do you want to leave your present job?",
          "What makes you [look for something new|want to change jobs]?",
          "May I ask what is wrong with the place where you work now?")
    d.two("[To be honest|Well], {reason}.", "It's [simple|no secret], {reason}.",
          "I like the people there, but {reason}.")
    d.digress()
    if d.chance(0.45):
        d.one("What would you say is your greatest strength?", "How would your colleagues describe you?",
              "If I rang your old boss, what would I hear about you?")
        d.two("[I think|I'd say] that I stay calm under pressure.", "That I learn fast and [am never late|like teamwork].",
              "Probably that I never leave a job half done.")

    if outcome == "hired":
        d.set(day=day)
        if d.chance(0.4):
            d.set(other=d.day(day, "Saturday", "Sunday"))
            d.one("I've heard enough. The job is yours. Could you start on {other}? No, sorry, I mean {day}.",
                  "You're just what we need. Let's say you begin on {other}... no, wait, {day} is better.",
                  "Welcome to the team, then. We'll see you on {other}. Actually, make that {day}.")
        else:
            d.one("I've heard enough. The job is yours [if you want it|]. Could you start on {day}?",
                  "[I'm impressed|You're just what we need]. We'd like you to begin on {day}.",
                  "Then welcome to the team. Shall we see you here on {day}?")
        d.two("[Yes, of course|Certainly]. Thank you so much!", "I'd [love|be delighted] to. Thank you.",
              "You won't regret it. I can hardly believe it!")
        d.summary("{P1} interviews {P2} for a job as {a job}. {P1} offers {P2} the job, starting on {day}.",
                  "{P2}, who has {years} years of experience as {a job}, gets the job and will start on {day}.",
                  "{P2} wants to change jobs because {reason}. After the interview {P1} hires {P2}, who will begin on {day}.",
                  "{P2} tells {P1} about {years} years of work in {city} and is given the job from {day}.",
                  "{P1} asks {P2} about work experience and is so pleased that {P2} may start as {a job} on {day}.")
    elif outcome == "second":
        d.set(day=day, time=d.clock(9, 16))
        d.one("I'd like you to meet our director. Could you come back on {day} at {time}?",
              "[Good|Very good]. The next step is a second interview, on {day} at {time}. Can you manage that?",
              "I can't decide alone, but my boss should see you. Are you free on {day}, say at {time}?")
        d.two("[Yes|Sure], that suits me [well|fine].", "[Of course|Certainly]. I'll be there.",
              "I'll make sure I am. Thank you for the chance.")
        d.summary("{P1} interviews {P2} for a job as {a job} and invites {P2} to a second interview on {day} at {time}.",
                  "{P2} has {years} years of experience in {city}. {P1} asks {P2} to come back on {day} at {time}.",
                  "{P2} wants to leave a job because {reason}. {P1} arranges another interview for {day} at {time}.",
                  "After asking {P2} about work experience, {P1} wants to see {P2} again on {day} at {time}.")
    elif outcome == "waiting":
        d.set(day=day)
        d.one("[Thank you|Good]. We have a few more people to see, but I'll call you by {day}.",
              "That's all I wanted to know. You will hear from us [by|before] {day}.",
              "I have two other candidates to talk to. Expect an answer by {day}.")
        d.two("[I see|All right]. I look forward to [hearing from you|your answer].",
              "Thank you for your time. Have a nice day.", "Fine. You have my number, I think.")
        d.summary("{P1} interviews {P2} for a job as {a job}. {P2} will be told the result by {day}.",
                  "{P2} talks about {years} years of experience as {a job}. {P1} promises an answer by {day}.",
                  "{P2} wants to change jobs because {reason}. {P1} will let {P2} know the decision by {day}.",
                  "{P2} applies to {P1} for a job as {a job} and has to wait until {day} for an answer.")
    elif outcome == "rejected":
        d.set(wanted=_NUMBERS[experience + d.number(2, 6)])
        d.one("[I'm afraid|I'm sorry, but] we need someone with at least {wanted} years of experience.",
              "[I'll be frank|Let me be honest] with you. We asked for {wanted} years of experience, and you have fewer.",
              "It's a pity. Nobody gets this post with less than {wanted} years of experience, I'm afraid.")
        d.two("I [understand|see]. Thank you for being [honest|frank].", "That's a shame. [Maybe another time|Thank you anyway].",
              "Oh. Well, would you keep my letter, in case something else comes up?")
        d.summary("{P1} interviews {P2} for a job as {a job} but turns {P2} down for lack of experience.",
                  "{P2} has {years} years of experience as {a job}, but {P1} requires {wanted}, so {P2} doesn't get the job.",
                  "{P2} is looking for a new job because {reason}. {P1} rejects {P2}, wanting {wanted} years of experience.",
                  "{P1} does not hire {P2} as {a job} because {years} years of experience are not enough.")
    else:
        d.set(condition=d.pick("work at weekends", "work night shifts", "travel every week", "move to the coast",
                               "share an office with six people", "take a lower salary at first"))
        d.one("[I must tell you one thing|There is one thing]. You would have to {condition}.",
              "We'd be happy to have you. [Of course|Naturally], you'd need to {condition}.",
              "The job is yours if you like, as long as you are ready to {condition}.")
        d.two("Oh. [In that case|Then] I'm afraid it isn't the right job for me.",
              "[I'm sorry|No], I can't do that. I have to think of my family.",
              "That changes everything. I'd rather withdraw, if you don't mind.")
        d.one("[What a pity|That's a shame]. [I wish you luck|All the best] anyway.", "I understand. [Thank you|Thanks] for coming.",
              "I'm sorry to lose you, but I respect that.")
        d.summary("{P1} interviews {P2} for a job as {a job}. {P2} doesn't want it because {P2} would have to {condition}.",
                  "{P2} turns down a job as {a job} when {P1} says that {P2} would need to {condition}.",
                  "{P2} has {years} years of experience, but is not willing to {condition} and declines {P1}'s job.",
                  "{P2} would have to {condition}, so {P2} decides against working for {P1} as {a job}.")
    d.gist("I've been {a job} for {years} years.", "Talking about {a job}.", "She left because {reason}.")


@scenario("ask for leave", "a day off", "request to the boss")
def ask_for_leave(d: Draw) -> None:
    day = d.day("Saturday", "Sunday")
    d.set(day=day, occasion=d.pick("a cousin's wedding", "a hospital appointment", "a driving test", "a family reunion",
                                   "a school concert", "a job fair", "a visit from the landlord", "an eye operation",
                                   "a friend's graduation"))
    outcome = d.pick("granted", "cover", "half", "refused")

    d.one("[Excuse me|Hello], {title2}. [Do you have|Have you got] a minute?",
          "[Sorry to disturb you|Sorry to bother you]. May I ask you something?",
          "{title2}, could I have a quick word before you go?")
    d.two("[Of course|Sure]. What [is it|can I do for you]?", "Yes, [come in|go ahead]. What's on your mind?",
          "I have a call in ten minutes, but go on.")
    if d.chance(0.3):
        d.set(other=d.day(day, "Saturday", "Sunday"))
        d.one("I'd like to take {other} off. No, [wait|sorry], it's {day}. I have {occasion}.",
              "It's about {occasion}. I would need {other} off... no, what am I saying, {day}.",
              "Could you do without me on {other}? Sorry, I mean {day}. There's {occasion} I can't miss.")
    else:
        d.one("[Could I|Would it be possible to] take {day} off? I have {occasion}.",
              "I [was wondering|wanted to ask] if I could have {day} free. It's because of {occasion}.",
              "There's {occasion} coming up, and I would need the whole of {day} for it.")
    d.two("{day}? [That's rather soon|Hm, let me think]. How is your work going?",
          "Let me [look at|check] the plan for {day}. Is anything urgent on your desk?",
          "So it's {day} you want. What about the things you are working on?")
    d.one("[Nearly everything is done|I've finished almost everything]. I could stay late [tomorrow|tonight] too.",
          "There's only [one letter|one order] left, and I'll [do|deal with] it today.",
          "Don't worry, I've worked ahead on purpose.")
    if outcome == "granted":
        d.two("[Then|In that case] I see no problem. [Enjoy your day|Take the day].",
              "[Good|Fine]. You can have the day off. Just fill in the form, please.",
              "Well, you never ask for much, so the answer is yes.")
        d.one("[Thank you|Thanks] so much. I [really|] appreciate it.", "That's very kind of you. [Thanks|Thank you].",
              "You're the best boss I've ever had!")
        d.summary("{P1} asks {P2} for {day} off because of {occasion}. {P2} agrees.",
                  "{P1} has {occasion} and wants to be free on {day}. {P2} gives {P1} the day off.",
                  "{P2} allows {P1} to take {day} off for {occasion}, since {P1}'s work is nearly done.",
                  "{P1} gets the day off on {day} from {P2} because there is {occasion} to go to.",
                  "Because of {occasion}, {P1} would like {day} free, and {P2} has no objection.")
    elif outcome == "cover":
        d.set(colleague=d.other_name())
        d.two("You may go if {colleague} [takes over|covers] for you. [Ask first|Would you ask], please.",
              "Somebody has to answer the phone. If {colleague} can do it, you can go.",
              "It all depends on {colleague}, who would have to stand in for you.")
        d.one("I've [already asked|spoken to] {colleague}. It's [all arranged|no problem].",
              "{colleague} owes me a favour, so that's [settled|sorted].",
              "I thought you would say that. {colleague} has said yes.")
        d.summary("{P1} asks {P2} for {day} off because of {occasion}. {P2} agrees, as {colleague} will cover for {P1}.",
                  "{P1} has {occasion} on {day}. {P2} lets {P1} go because {colleague} is ready to take over.",
                  "{P2} allows {P1} to be away on {day} on condition that {colleague} does {P1}'s work, which is arranged.",
                  "{colleague} will stand in for {P1}, so {P2} gives {P1} {day} off for {occasion}.")
    elif outcome == "half":
        d.set(time=d.clock(11, 14))
        d.two("I can't spare you all day. Could you [work|stay] until {time} and then leave?",
              "The whole day is [difficult|too much]. But you may go at {time}.",
              "We'll have to meet in the middle. Be here in the morning and leave at {time}.")
        d.one("[Yes|All right], that [should|will] be enough. [Thank you|Thanks].", "{time}? That's [fine|okay]. I can still make it.",
              "It'll be a rush, but it's better than nothing.")
        d.summary("{P1} asks {P2} for {day} off because of {occasion}. {P2} only lets {P1} leave at {time}.",
                  "{P1} wants {day} free for {occasion}. They agree that {P1} will work until {time}.",
                  "{P2} can't give {P1} the whole of {day} off, but {P1} may go at {time}.",
                  "{P1} has {occasion} and would like {day} off, but has to work until {time} first.")
    else:
        d.set(obstacle=d.pick("the inspectors are coming", "we have the yearly audit", "half the team is ill",
                              "the new machines arrive", "our biggest client is visiting", "there is a training course"))
        d.two("[I'm sorry|I'm afraid] it's impossible. On {day} {obstacle}.",
              "[I'd like to say yes|You deserve it], but {obstacle} that day. I need everybody here.",
              "Any day but that one! You know that {obstacle} then.")
        d.one("[Oh no|I see]. I'll have to [tell them I can't come|change my plans].",
              "I had [completely|] forgotten that. Never mind.", "Isn't there any way? No? Well, I had to ask.")
        d.summary("{P1} asks {P2} for {day} off because of {occasion}, but {P2} refuses.",
                  "{P1} has {occasion} on {day}. {P2} needs everybody at work that day and doesn't give {P1} leave.",
                  "{P1} wants to be free on {day} for {occasion}, but {P2} can't allow it.",
                  "{P2} turns down {P1}'s request to take {day} off, although {P1} has {occasion}.")
    d.gist("I need {day} off for {occasion}.", "He has {occasion} and asks his boss.", "Leave on {day}.")


@scenario("ask for a raise", "pay rise", "salary talk")
def ask_for_raise(d: Draw) -> None:
    d.set(years=d.count(2, 9),
          merit=d.pick("won three new clients", "trained all the new people", "worked every Saturday",
                       "taken over the night shift", "run the whole office alone", "finished every order on time",
                       "sold more than anyone else", "brought down the costs"))
    outcome = d.pick("raise", "later", "bonus", "refused")

    d.one("[Come in|Do come in], {name2}. You wanted to [talk to|see] me?",
          "[Good morning|Hello], {name2}. My secretary says you want to talk.",
          "Sit down, {name2}. I hear there is something you wish to discuss.")
    d.two("Yes, {title1}. I've been [with the company|working here] for {years} years now.",
          "[Thank you|Yes, thanks]. As you know, I joined the firm {years} years ago.",
          "That's right. It will be {years} years this month since I started here.")
    d.one("{years} years [already|]! [How time flies|I can hardly believe it].",
          "[I know|Indeed]. We are [very happy with you|glad to have you]. What's the matter?",
          "And I hope there will be many more. But that isn't why you came, is it?")
    d.two("[This year|In the last few months] I have {merit}, and I [feel|think] I deserve a higher salary.",
          "Well, I would like to ask for a raise. I have {merit}, after all.",
          "I'll come straight to the point. I have {merit}, yet my pay hasn't changed.")
    d.digress(0.2)
    if d.chance(0.35):
        d.one("[How much|What] did you have in mind?", "What would you [call|consider] fair?", "Have you thought of a figure?")
        d.two("I'd [rather|prefer to] hear your offer first.", "I leave that to you. You know [what others get|my work].",
              "No, I only want to be treated like the others.")

    if outcome == "raise":
        d.set(raised=d.number(3, 12))
        d.one("[You're right|That's true]. I can [offer|give] you {raised} percent more[, starting next month|].",
              "You have certainly earned it. What [about|would you say to] {raised} percent?",
              "I was going to raise your pay anyway. Does {raised} percent sound fair?")
        d.two("{raised} percent? [That's generous|That's more than I hoped for]. Thank you!", "[Thank you very much|That's great]. I'm [very|really] pleased.",
              "I'd be a fool to say no. Thank you.")
        d.summary("{P2} asks {P1} for a higher salary, and {P1} offers a raise of {raised} percent.",
                  "{P2} has worked for {P1} for {years} years and now gets {raised} percent more.",
                  "{P2} thinks a raise is due after {years} years. {P1} agrees and raises the pay by {raised} percent.",
                  "{P1} gives {P2} a raise of {raised} percent because {P2} has {merit}.",
                  "After {years} years in the company {P2} wants to earn more, and {P1} agrees to {raised} percent.")
    elif outcome == "later":
        d.set(month=d.month())
        d.one("[I agree|You have a point], but the budget is fixed. Let's [talk again|come back to it] in {month}.",
              "There's no money [at the moment|left this year]. Ask me again in {month}, will you?",
              "Not now, I'm sorry. Things may look different in {month}, so remind me then.")
        d.two("In {month}? [All right|Fine], I can wait until then.", "I'd hoped for more, but [okay|all right].",
              "I'll put it in my diary, so you won't escape.")
        d.summary("{P2} asks {P1} for a raise. {P1} has no money for it now and tells {P2} to ask again in {month}.",
                  "{P2} has been in the company for {years} years and wants more money. {P1} puts it off until {month}.",
                  "{P1} cannot give {P2} a higher salary at present, but they will talk about it again in {month}.",
                  "{P2} wants a raise after {years} years of work and has to wait until {month}.")
    elif outcome == "bonus":
        d.set(bonus=d.money(300, 1500, 100))
        d.one("I can't change your salary, but I can [pay|give] you a bonus of {bonus}.",
              "[A raise is not possible|I'm not allowed to raise your pay]. How about a single bonus of {bonus}?",
              "My hands are tied as to the salary. A bonus of {bonus}, though, I can sign today.")
        d.two("[That's something|Well], {bonus} would [help|be nice]. I accept.", "[Fair enough|All right]. Thank you for that.",
              "It isn't quite what I asked for, but I'll gladly take it.")
        d.summary("{P2} asks {P1} for a raise. {P1} can't raise the salary but offers a bonus of {bonus}.",
                  "Instead of a raise, {P2} gets a bonus of {bonus} from {P1} after {years} years in the company.",
                  "{P2} wants a higher salary after {years} years. {P1} gives {P2} a bonus of {bonus} instead.",
                  "{P1} won't change {P2}'s salary, so {P2} accepts a bonus of {bonus}.")
    else:
        d.one("[I'm sorry|I'm afraid not]. We're losing money, and [nobody|no one] will get a raise this year.",
              "[That's impossible|No]. If I gave it to you, everyone would [want one|be at my door].",
              "I value your work, but the answer has to be no.")
        d.two("[Then|In that case] I'll have to look for another job.", "[I see|That's clear]. Perhaps I should look around for something better.",
              "Don't be surprised, then, if I start reading the job advertisements.")
        if d.chance(0.5):
            d.one("Please don't [do anything hasty|decide that today].", "I'd be sorry to lose you, [really|believe me].",
                  "Sleep on it first, I beg you.")
            d.two("I've [thought about it|waited] long enough.", "I'm sorry, but [a no is a no|my mind is made up].",
                  "You leave me little choice, I'm afraid.")
        d.summary("{P2} asks {P1} for a raise, but {P1} refuses. {P2} thinks about looking for another job.",
                  "{P1} doesn't give {P2} a higher salary, so {P2} may leave the company after {years} years.",
                  "{P2} has worked there for {years} years and wants more money. When {P1} says no, {P2} talks of leaving.",
                  "As {P1} turns down the request for a raise, {P2} might look for a different job.")
    d.gist("I want more money.", "He has worked there for {years} years.", "It is about a salary.")


@scenario("missed deadline", "late work", "trouble with the boss")
def missed_deadline(d: Draw) -> None:
    day = d.day("Saturday", "Sunday")
    d.set(task=d.pick("sales report", "budget plan", "brochure", "price list", "contract draft", "customer survey",
                      "newsletter", "floor plan", "training manual"),
          deadline=day,
          cause=d.pick("my computer crashed", "the figures came in late", "I was ill for three days",
                       "the printer broke down", "two people left the team", "the client kept changing things",
                       "I had to help in the shop"))
    told = {"my computer crashed": "{P2}'s computer crashed", "I was ill for three days": "{P2} was ill for three days",
            "I had to help in the shop": "{P2} had to help in the shop"}.get(d.facts["cause"], "{cause}")
    outcome = d.pick("extended", "helper", "handed", "mistaken")

    if outcome == "mistaken":
        d.set(true=d.day(day, "Saturday", "Sunday"))
        del d.facts["cause"]
    d.one("{name2}, where is the {task}? It was due on {deadline}.",
          "[I'm still waiting|I've been waiting] for your {task}. The deadline was {deadline}[, wasn't it?|.]",
          "Have you forgotten something, {name2}? On {deadline} I was supposed to get the {task}.")
    if outcome == "mistaken":
        d.two("{deadline}? [I thought|I'm sure] we said {true}.", "But the {task} isn't due until {true}, is it?",
              "Are you sure about that? In my notes it says {true}.")
        d.one("{true}? [That can't be right|Who told you that]?", "No, no. I [clearly|] remember saying {deadline}.",
              "I don't think so. I would never have agreed to that.")
        d.two("[You did|It was you], in your last email. [Look|Here it is].", "Here's your own note. [See|Look], the date is right here.",
              "Let me show you what you wrote to all of us.")
        d.digress(0.2)
        d.one("[Oh|Ah], you're right. I mixed up the [dates|days]. {true} it is. [I'm sorry|My apologies].",
              "How embarrassing! It's my [mistake|fault]. Then I'll [expect|wait for] it on {true}.",
              "So it does say {true}. Forgive me, it's been one of those weeks.")
        d.two("[No problem|That's all right]. You'll have it [on time|by then].", "[Don't worry|Never mind]. It's almost done anyway.",
              "It could happen to anyone. I'm well ahead with it.")
        d.summary("{P1} blames {P2} for a late {task}, but {P1} has mixed up the dates. It's due on {true}.",
                  "{P1} expects the {task} on {deadline}, while it's really due on {true}. {P1} apologises to {P2}.",
                  "{P1} thinks {P2} missed a deadline. {P2} proves that the {task} is not due until {true}.",
                  "{P2} shows {P1} that the deadline for the {task} is {true} and not {deadline}.")
        d.gist("Where is the {task}?", "The {task} was due on {deadline}.", "They argue about dates.")
        return

    d.two("I'm [very|terribly|so] sorry. It isn't ready [yet|], because {cause}.",
          "I know, and I'm sorry. {cause}, so I couldn't finish it.",
          "I've been dreading that question. You see, {cause}.")
    d.one("You [could|should] have told me [earlier|before]!", "That's no excuse. [You knew the date|Why didn't you say anything]?",
          "And you only tell me now, when I ask?")
    d.two("[You're right|I know]. I thought I could [still manage|catch up].", "I was [afraid|embarrassed] to tell you.",
          "I hoped to get it done over the weekend, but it was too much.")
    d.one("How much is [still missing|left to do]?", "So how far [have you got|are you]?", "What can you show me today, then?")
    d.two("About [half|two thirds] of it is finished.", "The [first part|beginning] is done, but the rest [isn't|will take time].",
          "The main part is there. It's the last pages that are missing.")
    if outcome == "extended":
        new = d.day(day, "Saturday", "Sunday")
        d.set(new=new)
        d.one("[All right|Well]. I'll give you until {new}, but not a day longer.", "I want it on my desk [by|on] {new}. Is that clear?",
              "You get one more chance. Bring it to me on {new}, complete.")
        d.two("{new}. [I promise|You'll have it].", "[Thank you|Thanks]. It won't happen again.",
              "That's fair. I won't let you down twice.")
        d.summary("{P2} hasn't finished the {task}, which was due on {deadline}. {P1} gives {P2} until {new}.",
                  f"{{P2}} missed the deadline for the {{task}} because {told}. The new deadline is {{new}}.",
                  "{P1} is annoyed that {P2}'s {task} is late and wants it by {new}.",
                  "The {task} should have been ready on {deadline}. {P1} allows {P2} to hand it in on {new}.",
                  f"As {told}, {{P2}} is late with the {{task}}, and {{P1}} extends the deadline to {{new}}.")
    elif outcome == "helper":
        d.set(helper=d.other_name())
        d.one("I'll [ask|tell] {helper} to help you. [Together|With two people] it should go faster.",
              "You [obviously|] need help. {helper} will [sit down with you|give you a hand] this afternoon.",
              "Then share the rest with {helper}, who has some time to spare.")
        d.two("That would be [great|a relief]. Thank you.", "[With {helper}|Then] I can finish it quickly. Thanks.",
              "I should have asked for that long ago.")
        d.summary("{P2} hasn't finished the {task}, which was due on {deadline}. {P1} will have {helper} help {P2}.",
                  f"{{P2}} missed the deadline for the {{task}} because {told}. {{helper}} is going to help.",
                  "{P1} is annoyed that {P2}'s {task} is late, and gets {helper} to help {P2} finish it.",
                  "{P2}'s {task} should have been ready on {deadline}, so {P1} sends {helper} to help with it.")
    else:
        d.set(successor=d.other_name())
        d.one("[That's not enough|I can't wait any longer]. {successor} will [take over|finish it]. Hand over everything today.",
              "I'm sorry, but I'll give it to {successor}. [The client won't wait|We can't lose another day].",
              "Then this is where it ends for you. From now on it is {successor} who looks after it.")
        d.two("[But|Please], I only need [one more day|two more days]!", "I [understand|see]. I'll send {successor} my files.",
              "I can't say I'm happy, but I brought it on myself.")
        d.summary("{P2} hasn't finished the {task}, which was due on {deadline}. {P1} gives the work to {successor}.",
                  f"{{P2}} missed the deadline for the {{task}} because {told}. {{successor}} will take it over.",
                  "{P1} is annoyed that {P2}'s {task} is late and lets {successor} do it instead.",
                  "{P2}'s {task} should have been ready on {deadline}, and now {P1} wants {successor} to finish it.")
    d.gist("The {task} is late.", "It was due on {deadline}.", "The boss is angry about {a task}.")


@scenario("computer problem", "call the help desk", "IT support")
def computer_problem(d: Draw) -> None:
    device, symptom = d.pick(
        ("computer", "the screen stays black"), ("laptop", "it shuts down by itself"),
        ("computer", "it makes a terrible noise"), ("computer", "the keyboard doesn't react"),
        ("printer", "the paper gets stuck"), ("printer", "every page comes out blank"),
        ("computer", "I can't open my emails"), ("laptop", "it can't find the network"),
        ("scanner", "it only makes grey pages"), ("phone", "nobody can hear me"),
    )
    told = {"I can't open my emails": "{P1} can't open any emails", "nobody can hear me": "nobody can hear {P1}"}.get(
        symptom, symptom.replace("it ", "the {device} ", 1) if symptom.startswith("it ") else "{symptom}")
    d.set(device=device, symptom=symptom)
    outcomes = ["visit", "replaced"]
    if symptom not in ("the paper gets stuck", "it makes a terrible noise"):
        outcomes.append("restart")
    if symptom in ("the screen stays black", "the keyboard doesn't react", "it can't find the network", "nobody can hear me"):
        outcomes.append("cable")
    outcome = d.pick(*outcomes)

    d.one("[Hello|Hi], is that the [help desk|IT department]? I've got a problem with my {device}.",
          "[Hello|Good morning], this is {name1} from [accounting|the second floor|the sales office]. My {device} is playing up.",
          "[Thank goodness somebody answers|At last]! It's my {device}, it's driving me mad.")
    d.two("[Good morning|Hello], {name2} speaking. What's [wrong with it|the matter] exactly?",
          "[You've come to the right place|You've reached the right person]. What [happens|does it do]?",
          "Take it easy and tell me what you see.")
    d.one("Well, {symptom}.", "[It's very odd|I don't understand it]: {symptom}.", "It was fine yesterday, but today {symptom}.")
    d.two("[I see|Hm]. Since when? Have you installed anything?", "[Right|Okay]. When did it start? Did you change anything?", "That's a new one. When did it begin, and what were you doing?")
    d.one("It [started|began] this morning. I [haven't touched|didn't do] anything, honestly.",
          "Only since [lunch|this morning], and I did nothing [special|unusual].",
          "About an hour ago, just like that. I swear I didn't do anything.")
    if outcome == "restart":
        d.two("[Please switch it off|Turn it off], count to ten and [switch|turn] it on again.",
              "Have you tried [turning it off and on|restarting it]? Please do that now.",
              "First the oldest trick in the world: off, a short break, and on again.")
        d.one("[One moment|Just a second]. [Oh|Wow], it's working [again|]!", "All right. [Look at that|Well, well], now it [works|is fine]!",
              "That can't be all, can it? Goodness, it really works now.")
        d.two("[You see|There you go]. It [nearly|almost] always helps.", "[Great|Good]. Call again if it [comes back|happens again].",
              "I'd call that a success. Have a quiet day.")
        d.summary(f"{{P1}} reports a problem with the {{device}} to {{P2}}: {told}. Restarting it solves the problem.",
                  "{P1} calls {P2} about a faulty {device}. {P2} tells {P1} to switch it off and on, which helps.",
                  f"{{P1}} asks {{P2}} for help because {told}. After a restart the {{device}} works again.",
                  "{P2} solves {P1}'s problem with the {device} by having {P1} turn it off and on again.",
                  "{P1}'s {device} isn't working properly, but it's fine again once {P1} restarts it on {P2}'s advice.")
    elif outcome == "cable":
        d.two("Could you [check|have a look at] the cables? Are they all plugged in?",
              "[Please look|Have a look] behind it. Is every cable [in its place|plugged in]?",
              "Follow each of the cables with your hand, and tell me if one is loose.")
        d.one("[Wait a minute|Let me see]. Oh, one cable [was loose|had come out]. Now it works!",
              "[You won't believe it|How silly of me]. The cleaner must have [pulled one out|unplugged one]. It's fine now.",
              "Oh dear, one of them isn't plugged in. There, that's it, everything works.")
        d.two("[Don't worry|Never mind]. It happens [every day|all the time].", "[Good|Excellent]. I wish they were all that easy.",
              "I won't tell anyone. Anything else?")
        d.summary(f"{{P1}} reports a problem with the {{device}} to {{P2}}: {told}. A loose cable turns out to be the cause.",
                  "{P1} calls {P2} about a faulty {device} and finds out that a cable was not plugged in.",
                  f"{{P1}} asks {{P2}} for help because {told}. The trouble is just a loose cable.",
                  "{P2} tells {P1} to check the cables, and once one is plugged in, {P1}'s {device} works again.")
    elif outcome == "visit":
        d.set(time=d.clock(10, 16), room=d.number(101, 420))
        d.two("I'd better [look at it|see it] myself. Which room are you in?", "That [needs|takes] a technician. Where do I find you?",
              "I can't solve that by phone. Tell me your room and I'll come over.")
        d.one("I'm in room {room}. When can you come?", "Room {room}, [next to the lift|at the end of the corridor]. How soon can you be here?",
              "You'll find me in room {room}. Will it be long?")
        d.two("I [have to finish something|have two other calls] first. I'll be there at {time}.",
              "Not before {time}, I'm afraid. [Leave it switched off|Don't touch it] until then.",
              "Let me see. Expect me at {time}.")
        d.one("[All right|Okay], thank you. I'll [use a colleague's|do something else] until then.", "[Great|Thanks]. I'll [be here|make some coffee].",
              "I suppose I can do my filing in the meantime. Thanks.")
        d.summary(f"{{P1}} reports a problem with the {{device}} to {{P2}}: {told}. {{P2}} will come to room {{room}} at {{time}}.",
                  "{P1} calls {P2} about a faulty {device}. {P2} can't help by phone and will come at {time}.",
                  f"{{P1}} asks {{P2}} for help because {told}. {{P2}} is going to look at it at {{time}}.",
                  "{P2} will be in room {room} at {time} to look at {P1}'s {device}.")
    else:
        d.set(days=d.count(2, 7))
        d.two("It [sounds|seems] broken. [I'll send you|You'll get] a new one, but that takes {days} days.",
              "It's an old model, so we'll replace it. The new {device} will be there in {days} days.",
              "There's no point in mending that. I'll order another one, which takes {days} days.")
        d.one("{days} days! What [shall|should] I do until then?", "And how [do|can] I work for {days} days without {a device}?",
              "You can't be serious. My boss wants results today!")
        d.two("You can [borrow|have] one from us [downstairs|in the meantime]. Just come and get it.",
              "We'll lend you one of ours. [Come by any time|It's ready for you].",
              "Drop in at our office and I'll lend you a spare one.")
        d.summary(f"{{P1}} reports a problem with the {{device}} to {{P2}}: {told}. {{P1}} gets a new one in {{days}} days.",
                  "{P1} calls {P2} about a faulty {device}. It will be replaced in {days} days, and {P1} can borrow one until then.",
                  f"{{P1}} asks {{P2}} for help because {told}. {{P2}} will replace the {{device}} in {{days}} days.",
                  "{P2} orders a new {device} for {P1}, which takes {days} days, and lends {P1} another one meanwhile.")
    d.gist("My {device} doesn't work.", "The {device} is broken: {symptom}.", "Somebody calls the help desk.")


@scenario("plan a meeting", "business meeting", "arrange a time")
def plan_meeting(d: Draw) -> None:
    first, second = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    d.set(first=first, subject=d.pick("the new contract", "the spring catalogue", "the delivery dates", "the office move",
                                      "the advertising plan", "next year's budget", "the software project", "the trade fair"))
    d.set(obstacle=d.pick("at a conference", "on a plane", "at the dentist's", "in court", "at another meeting",
                          "in another town", "on holiday", "at a training course"))
    outcome = d.pick("moved", "first", "online", "deputy")
    if outcome == "first":
        d.facts.pop("obstacle")

    d.one("[Hello|Hi], {name2}. It's {name1}. We [should|need to] meet and talk about {subject}.",
          "[Good morning|Hello], {name2}. I'm calling about {subject}. When can we [meet|sit down together]?",
          "{name2}, I think it's time for a meeting about {subject}. What do you say?")
    d.two("[Good idea|I agree]. [When would suit you|What day were you thinking of]?", "[Yes|Sure], there's a lot to [discuss|talk about]. When are you free?",
          "I was about to suggest the same thing. Have you a day in mind?")
    d.one("How about {first}?", "What [do you think of|about] {first}? I have [nothing|no other appointments] that day.",
          "I'd prefer {first}, if at all possible.")
    if outcome == "first":
        d.set(time=d.clock(9, 16), place=d.pick("your office", "the Grand Hotel", "the canteen", "room seven",
                                                "the café downstairs", "the showroom", "the factory"))
        place = "{P2}'s office" if d.facts["place"] == "your office" else "{place}"
        d.two("{first} is [fine|perfect]. What time?", "[Let me check my diary|Let me see]. Yes, I'm free. At what time?",
              "That works. Just tell me when and where.")
        d.digress(0.2)
        if d.chance(0.35):
            d.set(wrong=d.clock(9, 16))
            d.one("At {wrong}. No, hold on, {time} is better. And let's meet in {place}.",
                  "Let's say {wrong}, in {place}. [Oh no|Sorry], I have a call then. Make it {time}.",
                  "In {place} at {wrong}... wait, I've got that wrong. It should be {time}.")
        else:
            d.one("Let's say {time}, in {place}.", "[Would|Does] {time} [suit you|work for you]? We could meet in {place}.",
                  "I could be in {place} at {time}.")
        d.two("[Good|Fine]. I'll [write it down|put it in my diary].", "[That's settled then|Agreed]. I'll bring the [papers|figures].",
              "Then I'll see you there. Don't be late this time!")
        d.summary(f"{{P1}} and {{P2}} arrange to meet in {place} on {{first}} at {{time}} to talk about {{subject}}.",
                  "{P1} wants to discuss {subject} with {P2}. They will meet on {first} at {time}.",
                  f"{{P1}} suggests a meeting about {{subject}}, and {{P2}} agrees to {{first}} at {{time}} in {place}.",
                  "{P2} is free on {first}, so {P1} and {P2} will meet at {time} about {subject}.")
    elif outcome == "moved":
        d.set(second=second, time=d.clock(9, 16))
        d.two("[I'm sorry|I'm afraid] I can't. I'll be {obstacle} on {first}. [What|How] about {second}?",
              "{first} is bad. I'm {obstacle} all day. Could we make it {second} [instead|]?",
              "That's the one day when I'm {obstacle}. I could do {second}, though.")
        d.one("{second} is [fine|all right] with me. At {time}?", "[Okay|All right], let's do that. What about {time}?",
              "I'll have to move something, but yes. How does {time} sound to you?")
        d.two("[Yes, {time} is good|That's a good time]. See you then.", "[Perfect|That suits me]. I'll [book a room|reserve the big room].",
              "That suits me. I'll have the coffee ready.")
        d.summary("{P1} and {P2} are going to meet on {second} at {time} to talk about {subject}, since {P2} is busy on {first}.",
                  "{P1} wants to meet on {first}, but {P2} can't, so they agree on {second} at {time}.",
                  "{P1} and {P2} plan a meeting about {subject}. It will be on {second} at {time}.",
                  "{P2} will be {obstacle} on {first}, so the meeting about {subject} takes place on {second} at {time}.",
                  "As {P2} has no time on {first}, {P1} and {P2} will talk about {subject} on {second} at {time}.")
    elif outcome == "online":
        d.set(time=d.clock(9, 16))
        d.two("I'm {obstacle} on {first}, and [the rest of the week is|all the other days are] full.",
              "[Oh dear|I'm sorry]. I'm {obstacle} then, and I can't get to you this week at all.",
              "It's hopeless, I'm {obstacle} on {first} and the other days look no better.")
        d.one("[Then|In that case] let's [do it online|have a video call]. Would {time} be possible?",
              "We [could|can] talk by video, then. You only need [an hour|half an hour], at {time}, say.",
              "What if we don't meet in person? A video call at {time} would do.")
        d.two("A video call [is fine|would be possible]. I'll [find|make] time at {time}.", "[Yes|All right], I can do that [from anywhere|wherever I am].",
              "Why didn't I think of that? Send me the link.")
        d.summary("{P2} has no time to meet in person, so {P1} and {P2} will talk about {subject} by video at {time}.",
                  "{P1} wants to meet on {first} about {subject}, but {P2} is busy. They arrange a video call at {time}.",
                  "Instead of a meeting about {subject}, {P1} and {P2} agree on a video call at {time}.",
                  "{P1} and {P2} can't find a day to meet, so they are going to have a video call at {time}.")
    else:
        d.set(deputy=d.other_name())
        d.two("I'm {obstacle} on {first}, but my colleague {deputy} [could come|is free].",
              "{first}? I'll be {obstacle}. [Can|May] I send {deputy} [instead|in my place]?",
              "I can't be there, I'm {obstacle} on {first}. {deputy} knows the matter as well as I do.")
        d.one("[Yes|Sure], {deputy} is [welcome|fine]. Please [give {deputy} the papers|pass on the papers].",
              "[That's all right|No problem]. I've worked with {deputy} before.",
              "It's you I'd like to see, but {deputy} will do nicely.")
        d.two("[I'll do that|Of course]. {deputy} will [tell me everything|report to me] afterwards.", "[Thank you|Thanks]. I'll let {deputy} know [today|at once].",
              "Good, then I can go away with a clear conscience.")
        d.summary("{P1} wants to meet {P2} on {first} about {subject}. {P2} has no time and will send {deputy}.",
                  "{P2} can't come to the meeting about {subject} on {first}, so {deputy} will be there instead.",
                  "{P1} and {P2} agree that {deputy} will take {P2}'s place at the meeting on {first}.",
                  "As {P2} is busy on {first}, {deputy} is going to talk to {P1} about {subject}.")
    if d.chance(0.6):
        d.one("Is there anything I should [prepare|bring]?", "Do you need anything from me before that?",
              "One last thing, have you got all the papers you need?")
        d.two("[Only|Just] the [latest figures|list we talked about], [please|if you have it]." , "[No|I don't think so], I have everything [here|I need], thank you.",
              "I believe so. If not, I'll send you a message.")
    d.gist("They talk about {subject}.", "Are you free on {first}?", "We should meet about {subject}.")


@scenario("first day at work", "a new colleague", "welcome at the office")
def first_day(d: Draw) -> None:
    d.set(department=d.pick("sales", "accounting", "design", "customer service", "marketing", "research", "personnel", "export"),
          start=d.pick("eight o'clock", "half past eight", "nine o'clock", "half past nine"),
          floor=d.pick("second", "third", "fourth", "fifth", "sixth", "seventh"))
    outcome = d.pick("lunch", "badge", "colleague", "nerves")

    d.one("[Hello|Good morning]! You must be {name2}, our new colleague in {department}. I'm {name1}.",
          "Welcome! I'm {name1}. You're [starting|beginning] in {department} today, [aren't you|right]?",
          "So you're the new face in {department}. Everyone calls me {name1}.")
    d.two("[Yes|That's right], I'm {name2}. Nice to meet you.", "[Yes|Yes, I am]. [Pleased|Glad] to meet you.",
          "Hello. I hope I'm not too early on my first day.")
    d.one("[Come with me|Follow me]. Your desk is on the {floor} floor[, by the window|].", "Let me show you around. We [work|sit] on the {floor} floor.",
          "The lift is over here. We have to go up to the {floor} floor.")
    d.two("[Thank you|Thanks]. It's [much|] bigger than I [thought|expected]. When does work start [every day|in the morning]?",
          "What a [nice|lovely] building! What are the working hours?",
          "I'd never find the way alone. At what time do people start here?")
    d.one("[Officially|Normally] we start at {start}, but [nobody|no one] minds five minutes.",
          "At {start}. [You'll hear the bell|The boss is always here first].",
          "Everyone should be in at {start}, except on Fridays, when we sleep in.")
    d.two("{start}, [good|all right]. I'll [remember|write down] that.", "That's [later|better] than in my old job.",
          "I'm an early riser, so that's no trouble.")
    d.digress(0.2)
    if outcome == "lunch":
        d.set(time=d.pick("noon", "half past twelve", "one o'clock", "12:15"))
        d.one("[By the way|Oh], we all go to [lunch|the canteen for lunch] at {time}. Would you like to [join us|come along]?",
              "Some of us have lunch together at {time}. [Come with us|You're welcome to join].",
              "And nobody eats alone here. Shall I pick you up for lunch at {time}?")
        d.two("[I'd love to|With pleasure]. Thank you.", "That's [very|] [kind|nice] of you. [I'll come|Count me in].",
              "You've saved me from my dry sandwich!")
        d.summary("{P1} welcomes the new colleague {P2} and invites {P2} to join the others for lunch at {time}.",
                  "It's {P2}'s first day in {department}. {P1} shows {P2} around and they'll have lunch at {time}.",
                  "{P1} tells {P2}, who is new, that work starts at {start}. They will go to lunch at {time}.",
                  "{P2} starts in {department} today. {P1} explains things and asks {P2} along to lunch at {time}.")
    elif outcome == "badge":
        d.set(day=d.day("Saturday", "Sunday"))
        d.one("[Here is|This is] your desk. Did they give you a badge [for the door|at reception]?", "Do you [have|already have] your badge? You need it for [the door|every door].",
              "One more thing: have you been given a badge yet?")
        d.two("[No|Not yet]. They [said|told me] it won't be ready until {day}.", "They [couldn't find it|had spelled my name wrong]. I'll get it on {day}.",
              "I asked at the front desk, but I have to wait for it until {day}.")
        d.one("[Typical|That's typical]! Then [just knock|ring me] and I'll let you in until then.", "[Never mind|Don't worry]. You can [use|borrow] my spare one until {day}.",
              "It's the same with everybody. Stay close to me and you'll get through the doors.")
        d.two("[Thank you|Thanks], that's [very kind|a great help].", "[Good|Great]. I was afraid of being locked out.",
              "So I can't even go for a coffee without you!")
        d.summary("{P1} shows the new colleague {P2} around. {P2}'s badge won't be ready until {day}, so {P1} will help.",
                  "It's {P2}'s first day in {department}. {P2} has no badge before {day}, and {P1} offers help with the doors.",
                  "{P1} welcomes {P2} to {department}. {P2} has to wait for a badge until {day}.",
                  "{P2}, who is new in {department}, will not get a badge until {day}, but {P1} helps {P2} out.")
    elif outcome == "colleague":
        d.set(colleague=d.other_name(), time=d.clock(10, 15))
        d.one("[This is|Here's] your place. {colleague} will [train|teach] you. You'll meet at {time}.",
              "Your [first training|training] is with {colleague} at {time}. Until then, just settle in.",
              "At {time} {colleague} comes to train you. Ask anything you like then.")
        d.two("[Thank you|Good]. What is {colleague} like?", "I [hope|do hope] {colleague} is patient with beginners.", "And is {colleague} strict?")
        d.one("[Very friendly|Very nice], and [funny|patient] too. You'll [get on well|have fun].", "Oh, you couldn't [wish for|have] a better teacher.",
              "A bit loud, but with a heart of gold.")
        d.two("[That's good to hear|What a relief]. I can't wait.", "[Good|Great]. Then I'm in good hands.", "Now I'm curious. Thanks for everything.")
        d.summary("{P1} shows the new colleague {P2} around. {colleague} is going to train {P2} at {time}.",
                  "It's {P2}'s first day in {department}. {P1} explains that {colleague} will train {P2} at {time}.",
                  "{P1} tells {P2}, who is new, that work starts at {start} and that {colleague} will do the training.",
                  "{P2} starts in {department} today and will be trained by {colleague} at {time}.")
    else:
        d.one("You look [a little|a bit] worried. Is everything [all right|okay]?", "You're very quiet. Are you [nervous|all right]?",
              "Is something the matter? You've gone rather pale.")
        d.two("I'm [nervous|afraid]. I've never [worked in|been in] {department} before.", "It's just that {department} is completely new to me. What if I make mistakes?",
              "I know so little about {department}. I'm scared that I'll do everything wrong.")
        d.one("[We all started like that|I felt the same]. [Just ask me|Come to me] if you need anything.", "[Don't worry|Relax]. Nobody expects [too much|wonders] in the first week. I'll help you.",
              "I spilled coffee on the director on my first day. I'll be right beside you.")
        d.two("[Thank you|Thanks], now I feel [much|a lot] better.", "That's [good|a relief] to hear. You're very kind.", "You've cheered me up. I'll do my best.")
        d.summary("{P2} is nervous on the first day in {department}. {P1} calms {P2} down and offers help.",
                  "{P1} shows the new colleague {P2} around. {P2} is afraid of the new work, but {P1} is reassuring.",
                  "It's {P2}'s first day. {P2} worries because {department} is new to {P2}, and {P1} promises to help.",
                  "{P2} starts in {department} today and feels nervous, but better after {P1}'s kind words.")
    d.gist("Somebody starts in {department}.", "Work starts at {start}.", "I'm new here.")
