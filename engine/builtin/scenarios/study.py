"""School and university: libraries, advisers, teachers, classmates and languages."""

from engine.builtin.grammar import _NUMBERS, Draw, scenario


@scenario("at the library", "library fine", "return a book")
def library_book(d: Draw) -> None:
    d.set(book=d.pick("cookery book", "history of Rome", "detective story", "travel guide", "chemistry textbook", "atlas",
                      "book of poems", "book on birds", "life of Mozart", "grammar book"))
    outcome = d.pick("fine", "excused", "lost", "renewed", "reserved")

    if outcome in ("fine", "excused"):
        days = d.number(3, 15)
        d.set(days=_NUMBERS[days], total=f"{days * d.pick(1, 2)} dollars")
        d.one("[Hello|Good afternoon]. I'd like to return this {book}.", "[Hi|Good morning]. I'm bringing back this {book}.",
              "Excuse me, is this where one gives back books? It's this {book}.")
        d.two("[Thank you|Let me see]. Oh, it is {days} days overdue.", "Let me [scan|check] it. I'm afraid it's {days} days late.",
              "That's right, put it here. You do know that it's {days} days past the date?")
        d.one("[Really?|Oh dear.] I [completely forgot|lost track of] the date.", "{days} days? I [had no idea|thought I still had time].",
              "So many? Time flies when you're busy with exams.")
        d.two("That [makes|comes to] {total}, please.", "The fine is {total}[, I'm afraid|].", "I have to charge you for that. It's {total}.")
        d.digress(0.2)
        if outcome == "fine":
            d.one("[All right|Well], that's [my own fault|only fair]. [Here you are|Here's the money].", "{total}! [That hurts|An expensive book]. Well, [here's my card|there you are].",
                  "I could have bought it for that. But rules are rules, here you are.")
            d.two("[Thank you|Thanks]. [Next time you can renew it online|You can always renew by phone].",
                  "[Thanks|Fine]. Here's your receipt.", "That's it, your card is clear again.")
            d.summary("{P1} returns {a book} {days} days late and has to pay a fine of {total}.",
                      "{P1} brings back {a book} which is {days} days overdue. {P2} charges {P1} {total}.",
                      "{P2} tells {P1} that the {book} is {days} days late, and {P1} pays {total}.",
                      "Because the {book} is {days} days overdue, {P1} pays {P2} {total}.",
                      "{P1} forgot to return {a book} in time and pays a fine of {total} for {days} days.")
        else:
            excuse = d.pick(("I was in hospital", "was in hospital"), ("I was snowed in at my aunt's", "was snowed in"),
                            ("I broke my leg", "had a broken leg"), ("I had to fly home to my family", "had to fly home"),
                            ("we had a flood in the house", "had a flood in the house"))
            d.set(excuse=excuse[0])
            d.one("[Please|But], {excuse}. I [just|really] couldn't come any sooner.", "Could you make an exception? You see, {excuse}.",
                  "I would have come if I could, but {excuse}.")
            d.two("[Oh, I'm sorry|Oh no]. [Then|In that case] we'll forget about the fine.", "I see. [Just this once|For once], you needn't pay.",
                  "Goodness, that's a good reason. I'll cross it out.")
            d.one("[Thank you|Thanks] so much!", "That's [very|really] kind of you.", "You've got a good heart, thank you.")
            d.summary("{P1} returns {a book} {days} days late but doesn't have to pay, as {P1} " + excuse[1] + ".",
                      "{P1} brings back {a book} which is {days} days overdue. {P2} lets {P1} off the fine.",
                      "{P2} wants {total} for an overdue {book}, but accepts {P1}'s excuse and charges nothing.",
                      "As {P1} " + excuse[1] + ", {P2} doesn't charge the fine of {total} for the late {book}.")
        d.gist("The {book} is late.", "It's {days} days overdue.", "He brings a book back.")
        return

    if outcome == "lost":
        d.set(place=d.pick("on the train", "at the beach", "in a taxi", "on a bench in the park", "in a café", "at the airport", "on the bus"),
              price=d.money(15, 60))
        d.one("[Hello|Good morning]. I have [bad news|something to confess]. I've lost a book that belongs to you.",
              "[Excuse me|Hi]. What happens if I've lost [one of your books|a library book]?",
              "This is embarrassing. I don't have the book that I ought to return today.")
        d.two("[Oh dear|I see]. Which book is it?", "That [happens|can happen]. What's [the title|it called]?", "You're the second one this morning. Which one?")
        d.one("The {book}. I [think I|must have] left it {place}.", "It was the {book}. I forgot it {place}[, I think|].",
              "Your {book}, I'm sorry to say. I had it with me {place}, and then it was gone.")
        d.two("[Did you ask|Have you asked] at the lost property office?", "Have you [looked|searched] everywhere?", "And nobody has handed it in?")
        d.one("Yes, [twice|three times]. [Nothing|No luck].", "[Of course|I did], but it has [disappeared|vanished].", "I've done all I could think of. It's hopeless.")
        d.two("[Then|In that case] you have to pay for [it|a new one]. It costs {price}.", "I'm afraid you'll have to replace it. That's {price}.",
              "We'll buy another copy, and you'll have to pay the {price}.")
        d.one("{price}? [All right|Well], [that's my punishment|I deserve it].", "[I understand|Of course]. I'll [pay|settle it] [now|right away].",
              "I'd expected worse. Do you take cards?")
        d.two("[Thank you for being honest|Thank you]. Here's your receipt.", "[Thanks|Good]. Bring it back if you find it, and you'll get your money.",
              "I do. Most people don't even come and tell us.")
        d.summary("{P1} has lost the {book} {place} and has to pay {P2} {price} for it.",
                  "{P1} tells {P2} that the {book} is lost. {P2} asks for {price} to replace it.",
                  "{P1} left a library book {place}. As it can't be found, {P1} must pay {price}.",
                  "{P2} charges {P1} {price} because {P1} has lost the {book} {place}.")
        d.gist("I lost the {book}.", "The book was left {place}.", "About a lost book.")
        return

    d.set(weeks=d.count(2, 4))
    d.two("[Hello|Good afternoon]. Can I help you?", "[Hi there|Good morning]. Are you looking for something?", "You look lost. Is there anything I can do?")
    if outcome == "renewed":
        d.set(day=d.day())
        d.one("[Yes, please|Yes]. I [borrowed|have] this {book} [from you|], and it's due on {day}. May I keep it longer?",
              "This {book} is due on {day}, but I haven't finished it. Could you renew it?",
              "It's about this {book}. I should give it back by {day}, only I'm not done with it.")
        d.two("[Let me see|One moment] if anyone [else|] is waiting for it. May I have your card?", "I'll [check|have a look]. What's [your name|the name on your card]?",
              "That depends on whether someone has asked for it. Your card, please?")
        if d.chance(0.5):
            d.one("[Here you are|Here it is]. [My name is|I'm] {name1}.", "Here. It should say {name1} on it.", "I've left it at home. I'm {name1} {surname1}.")
        else:
            d.one("[Here you are|Here it is].", "Here's my card. It [has|should have] everything on it.", "Just a second, it's somewhere in my bag. There.")
        d.two("[Good news|You're lucky]. Nobody has reserved it. You can have it for {weeks} more weeks.",
              "No one [wants|has asked for] it. I'll give you another {weeks} weeks.",
              "The way is clear. It's yours for {weeks} weeks more.")
        d.one("[Wonderful|Great]. [Thank you|Thanks] very much.", "{weeks} weeks will be [plenty|enough]. Thanks.", "By then I'll have read it twice!")
        d.summary("{P1}'s {book} is due on {day}. {P2} lets {P1} keep it for {weeks} more weeks.",
                  "{P1} hasn't finished the {book}, and {P2} renews it for another {weeks} weeks.",
                  "{P1} wants to keep the {book} longer. As nobody else wants it, {P2} gives {P1} {weeks} more weeks.",
                  "{P2} renews {P1}'s {book} for {weeks} weeks, because nobody else is waiting for it.")
    else:
        d.one("I'm looking for {a book}[, but I can't find it|]. It isn't on the shelf.", "Yes. The computer says you have {a book}, but it [isn't there|is missing].",
              "I've been through every shelf for {a book} that I need. Have you got one?")
        d.two("[Let me look it up|Just a moment]. [Ah|Oh], it's [out|on loan] at the moment. It's due back in {weeks} weeks.",
              "Somebody [borrowed|took] it yesterday. It won't be here for another {weeks} weeks.",
              "We do, but it's lent out. You'd have to wait {weeks} weeks.")
        d.one("{weeks} weeks? [That's too long|That's a long time]. I need it for [my homework|a talk|my studies].", "What a pity! Is there [another copy|only one copy]?",
              "Oh no. Isn't there any other way of getting it?")
        d.two("I can [reserve it for you|put your name down], and we'll [call|email] you.", "We only have this one. Shall I reserve it for you?",
              "All I can do is to put it aside for you as soon as it's here.")
        d.one("[Yes, please|Please do]. [Here's my card|Thank you].", "[That would be|That's] kind. [Thanks|Thank you].", "Do that, please. It's better than nothing.")
        d.two("[Done|There you are]. You're [first|next] on the list.", "[It's done|All set]. You'll hear from us.", "Good. We'll be in touch the moment it arrives.")
        d.summary("{P1} is looking for {a book}, which is on loan. {P2} reserves it for {P1}.",
                  "The {book} {P1} wants will not be back for {weeks} weeks, so {P2} reserves it.",
                  "{P1} can't find {a book}. {P2} says it's on loan for {weeks} weeks and puts it aside for {P1} afterwards.",
                  "{P2} tells {P1} that the {book} will be back in {weeks} weeks and makes a reservation for {P1}.")
    d.gist("The {book}, for {weeks} weeks.", "She is in the library.", "They talk about {a book}.")


@scenario("choose a course", "talk to an adviser", "course selection")
def choose_course(d: Draw) -> None:
    dream, suited = d.pick(
        ("a teacher", ("psychology", "French", "Spanish")), ("a journalist", ("economics", "film studies", "Spanish")),
        ("a doctor", ("biology", "psychology", "statistics")), ("a lawyer", ("philosophy", "economics", "French")),
        ("an engineer", ("computer science", "statistics")), ("a banker", ("economics", "statistics")),
        ("a museum guide", ("art history", "French")), ("a translator", ("Spanish", "French")),
        ("a film critic", ("film studies", "art history")), ("a game designer", ("computer science", "art history")),
    )
    subjects = ("biology", "economics", "art history", "statistics", "psychology", "French", "philosophy",
                "film studies", "computer science", "Spanish")
    outcome = d.pick("enrolled", "switched", "both", "undecided", "full")
    if outcome in ("both", "undecided"):
        wanted, other = d.sample(2, *suited)
    else:
        wanted, other = d.pick(*suited), d.pick(*(s for s in subjects if s not in suited))
        if outcome == "switched":
            wanted, other = other, wanted
    d.set(wanted=wanted, other=other, dream=dream)

    d.two("[Hello|Good morning], {name1}. [Have a seat|Sit down]. What brings you here?", "[Come in|Do come in]. You want to talk about your courses, don't you?",
          "You must be {name1}. How can I help you with your timetable?")
    d.one("[Well|You see], I have to choose one more course, and I [can't decide|don't know which].", "I need [some|your] advice. There's room for one more course in my plan.",
          "I'm one course short this term, and the list is endless.")
    d.two("[All right|I see]. Which ones [are you thinking of|interest you]?", "[Let's see|Good]. Have you got any favourites?", "Then let's make it shorter. What tempts you?")
    d.one("[Either|It's either] {wanted} or {other}.", "I like {wanted}, but [my parents prefer|all my friends take] {other}.",
          "I'm torn between two, {wanted} and {other}.")
    d.two("What [do you want to|would you like to] be [later|one day]?", "And what are your plans after [you graduate|university]?", "Where do you see yourself in ten years?")
    d.one("I'd like to be {dream}[, I think|].", "My dream is to [become|be] {dream}.", "If all goes well, I'll be working as {dream}.")
    if outcome == "enrolled":
        d.set(day=d.day("Saturday", "Sunday"))
        d.two("Then {wanted} is [the better choice|just right for you]. The class is on {day}.", "For that you should [do|take] {wanted}. It meets on {day}.",
              "I wouldn't hesitate, go for {wanted}. You'd have it every {day}.")
        d.one("On {day}? [That's perfect|I'm free then]. Please put me [down|on the list].", "[You've convinced me|Good]. I'll take {wanted}.",
              "I secretly hoped you'd say that. Where do I sign?")
        d.two("[Done|There we go]. [Good luck|Have fun] with it!", "[Fine|Excellent]. You won't [regret it|be sorry].", "Here, at the bottom. The first lesson is next week.")
        d.summary("{P1} can't choose between {wanted} and {other}. {P2} recommends {wanted}, and {P1} takes it.",
                  "{P1} wants to be {dream}, so {P2} advises {wanted}, which takes place on {day}. {P1} agrees.",
                  "{P2} helps {P1} to choose a course. {P1} decides on {wanted}, which is on {day}.",
                  "On {P2}'s advice {P1}, who wants to be {dream}, signs up for {wanted} rather than {other}.",
                  "{P1} asks {P2} whether to take {wanted} or {other} and ends up choosing {wanted}.")
    elif outcome == "switched":
        d.two("[Honestly|To be frank], {other} would be [more useful|of more use] for that.", "In that case I'd [say|suggest] {other}. You will need it [every day|later].",
              "Anyone who wants that should know some {other}.")
        d.one("But [isn't it|I've heard it's] [terribly|very] hard?", "I'm [afraid|worried] I'm not good enough at it.", "The exams are supposed to be awful, though.")
        d.two("[Don't worry|Don't be afraid], the [teacher is excellent|group is very small].", "You only [have to work regularly|need a little patience]. We can [get|find] you a tutor as well.",
              "That's what everyone thinks at first. You'll manage.")
        d.digress(0.2)
        d.one("[All right|Okay], I'll [try|take] {other}, then.", "[You know best|You're right]. {other} it is.", "Well, then I'll be brave and do {other}.")
        d.two("[Good for you|A wise choice]. I'll [enter|write] it in your plan.", "I'm [glad|pleased]. [Come and tell me how it goes|See me again in a month].", "That's the spirit. You can start on Monday.")
        d.summary("{P1} can't choose between {wanted} and {other}. {P2} recommends {other}, and {P1} accepts.",
                  "{P1} wants to be {dream}, so {P2} advises {other}. {P1} has doubts at first but takes it.",
                  "{P2} helps {P1} to choose a course. {P1} is afraid of {other} but decides to take it.",
                  "{P2} persuades {P1} to take {other}, because it's useful for {dream}.")
    elif outcome == "both":
        d.set(term=d.pick("next spring", "next autumn", "in the summer", "next year"))
        d.two("[Why not|You could] take both? {wanted} now and {other} {term}.", "You'll need [both|both of them]. Start with {wanted} and do {other} {term}.",
              "They don't exclude each other. First {wanted}, then {other} {term}.")
        d.one("{term}? I [never|hadn't] thought of that. [Is it allowed|Can I do that]?", "[Would that be|Is that] possible with my other [classes|courses]?", "Won't that be too much for me?")
        d.two("[Of course|Certainly]. [Many students do|It's quite common].", "[Yes|Sure], [I've checked your plan|there's enough room].", "Not if you drop the choir. I'm joking, you'll be fine.")
        d.one("[Great|Perfect], let's do [it like that|that].", "Then that's [settled|the plan]. Thank you.", "That takes a load off my mind.")
        d.summary("{P1} can't choose between {wanted} and {other}. {P2} suggests {wanted} now and {other} {term}.",
                  "{P1}, who wants to be {dream}, will follow {P2}'s advice and take {wanted} first, then {other} {term}.",
                  "{P2} advises {P1} to take both courses, {other} only {term}, and {P1} likes the idea.",
                  "{P1} is going to take {wanted} now and {other} {term}, as {P2} suggests.")
    elif outcome == "full":
        d.set(places=d.count(12, 20))
        d.two("Then I'd [say|choose] {wanted}, but it's full. [All|The] {places} places are gone.", "{wanted} would be ideal. [Sadly|Unfortunately] its {places} places have been taken.",
              "It ought to be {wanted}. Oh dear, there were {places} places and all have gone.")
        d.one("[What a pity|Oh no]! [Is there|Have you] a waiting list?", "Just my luck. [What can I do|What now]?", "I knew I should have come earlier. Is there any hope?")
        d.two("I'll put you on the waiting list. [Until then|Meanwhile], [go to|sit in on] {other}.", "You can go on the waiting list and take {other} for now.",
              "There's a waiting list. Do {other} until a place comes free.")
        d.one("[All right|Okay], I'll do that. Thank you.", "{other} is [fine|not bad] too. Thanks for your help.", "So {other} it is, at least for a while.")
        d.summary("{P1} can't choose between {wanted} and {other}. As {wanted} is full, {P1} takes {other} for now.",
                  "{P2} recommends {wanted} to {P1}, but it's full, so {P1} goes on the waiting list and does {other}.",
                  "{P1} wants to be {dream}. There is no place in {wanted}, so {P2} puts {P1} on the waiting list.",
                  "As {wanted} is full, {P2} puts {P1} on the waiting list and suggests {other} in the meantime.")
    else:
        d.set(day=d.day("Saturday", "Sunday"))
        d.two("Either would [do|help]. [Why don't you|You could] sit in on both and tell me by {day}.", "That makes it [hard|difficult], both are useful. Think about it until {day}.",
              "You'd profit from the one as much as from the other. Let me know by {day}.")
        d.one("By {day}? [Fine|Okay], I'll [talk to my friends|sleep on it].", "[All right|Good idea]. I'll come back on {day}.", "I was hoping you'd decide for me. But {day} is fair.")
        d.two("[Good|Great]. My door is always open.", "[Take your time|Don't worry]. There are places left in both.", "It's your life, after all. See you then.")
        d.summary("{P1} can't choose between {wanted} and {other}. {P2} wants {P1} to decide by {day}.",
                  "{P1} wants to be {dream} and asks {P2} which course is better. {P1} has until {day} to decide.",
                  "{P2} finds both {wanted} and {other} useful and gives {P1} until {day} to make a choice.",
                  "{P1} asks {P2} for advice about {wanted} and {other} but hasn't decided yet. {P2} expects an answer by {day}.")
    d.gist("{wanted} or {other}?", "He wants to be {dream}.", "Which course should I take?")


@scenario("group project", "quarrel between students", "teamwork")
def group_project(d: Draw) -> None:
    d.set(subject=d.pick("volcanoes", "the Vikings", "recycling", "the human heart", "street art", "electric cars", "the Amazon",
                         "social media", "ancient Egypt", "honeybees"),
          day=d.day("Saturday", "Sunday"),
          excuse=d.pick("I had football practice", "my brother was visiting", "I had to work in the café", "I was ill",
                        "my internet was down", "I had band practice", "we were moving house"))
    outcome = d.pick("promise", "swap", "teacher", "done")

    d.one("{name2}, we need to talk. [The project on|Our talk on] {subject} is due on {day}.", "[Hey|Listen], {name2}. Do you know that our project on {subject} is due on {day}?",
          "There you are, {name2}! Only days left until {day}, and what about {subject}?")
    d.two("I know[, I know|]. [What's wrong|Why are you so angry]?", "Yes, and? [There's plenty of time|Don't panic].", "Is that a reason to shout at me?")
    d.one("[I've|I have] done [nearly|almost] everything [alone|by myself]. You weren't [even|] at the last meeting.",
          "You haven't [written|done] a single page, and you didn't come to [any of the meetings|the library].",
          "Guess who sat there alone again last night, waiting for you!")
    d.two("[I'm sorry|Sorry], but {excuse}.", "I couldn't come. {excuse}[, as you know.|, remember?]", "It wasn't on purpose. {excuse}.")
    d.one("There's always [some excuse|something]. [It's not fair|I'm fed up].", "You could have [called|sent a message], couldn't you?",
          "Then say so! I can't read your mind.")
    if outcome == "promise":
        d.set(part=d.pick("the introduction", "the pictures", "the last chapter", "the poster", "the slides", "the handout", "the maps"),
              soon=d.pick("tonight", "tomorrow morning", "tomorrow evening", "by tomorrow noon"))
        d.two("[You're right|I see that], it was [selfish|wrong] of me. I'll do {part} {soon}, I promise.", "[I feel bad about it|I'm really sorry]. Let me do {part} {soon}.",
              "I've been a poor partner, haven't I? You'll get {part} from me {soon}.")
        d.one("[Really|Can I rely on that]? [All right|Okay], then.", "[Good|Fine]. But this is your last chance.", "I'll believe it when I see it. But thanks.")
        d.two("[I won't let you down|You can count on me].", "I swear. And the pizza [is|will be] on me.", "You will. I'll switch my phone off and start now.")
        d.summary("{P1} complains that {P2} hasn't helped with their project on {subject}. {P2} promises to do {part} {soon}.",
                  "{P1} is angry because {P2} left the work on {subject} to {P1}. {P2} apologises and will do {part}.",
                  "{P1} and {P2} quarrel about a project which is due on {day}. {P2} is going to do {part} {soon}.",
                  "{P2} has left most of the project on {subject} to {P1}, says sorry and promises to do {part} {soon}.",
                  "After {P1}'s complaints, {P2} apologises and agrees to do {part} for their project on {subject} {soon}.")
    elif outcome == "swap":
        d.two("[To be honest|The truth is], I [hate writing|can't write well]. Can't I give the talk instead?", "I'm just no good at [writing|research]. I'd rather give the talk.",
              "Can I tell you something? I don't know how to write this. But I could give the talk.")
        d.one("[Oh|Really]? I'm [scared|terrified] of giving the talk. [You'd do it|Would you really do that]?", "Why didn't you [say so|tell me]? I [hate|can't stand] talking in front of [people|the class]!",
              "You would? I haven't slept for fear of that talk!")
        d.two("[Sure|Of course]. You write, I talk. [Deal|Agreed]?", "[Then|So] it's simple. You finish the text, and I'll [do|give] the talk.", "Then we suit each other perfectly. The stage is mine.")
        d.one("[Deal|Agreed]. I'll send you the text [tonight|tomorrow].", "[Perfect|Great]. Let's [forget the quarrel|be friends again].", "And I thought you were only lazy. Sorry.")
        d.summary("{P1} complains that {P2} hasn't helped with their project on {subject}. In the end {P2} will give the talk.",
                  "{P1} and {P2} quarrel about a project but then agree that {P1} writes the text and {P2} gives the talk.",
                  "{P2} doesn't like writing and {P1} doesn't like talking, so {P2} will give their talk on {subject}.",
                  "{P1} is angry with {P2} about their project on {subject} until they divide the work in a way both like.")
    elif outcome == "teacher":
        d.set(teacher=d.pick("Mr. Hall", "Ms. Green", "Dr. Long", "Mrs. Bell", "Mr. Dean", "Ms. Park"))
        d.two("[Stop it|Calm down]. It's only [a school project|homework].", "You [worry|fuss] too much. It's [just a talk|not my favourite subject anyway].", "Why make such a drama of it?")
        d.one("[That's it|I've had enough]. I'm going to tell {teacher} who did the work.", "[Fine|Okay]. Then I'll ask {teacher} [for another partner|to let me work alone].",
              "We'll see what {teacher} has to say to that. I'm going there right now.")
        d.two("You wouldn't do that, would you?", "[Go ahead|Do what you like]. I don't care.", "Some friend you are!")
        if d.chance(0.4):
            d.one("[Watch me|Just wait and see].", "I [should have done it|ought to have gone] weeks ago.", "A friend wouldn't have left me alone with it.")
            d.two("[Wait|Please don't]! Can't we [discuss|talk about] this?", "You'll be sorry!", "Then there's nothing more to say.")
        d.summary("{P1} complains that {P2} hasn't helped with their project on {subject}. {P1} is going to talk to {teacher}.",
                  "{P1} is angry because {P2} doesn't take their project seriously, and decides to go to {teacher}.",
                  "{P1} and {P2} quarrel about a project due on {day}. {P1} wants to see {teacher} about it.",
                  "As {P2} shows no interest in their project on {subject}, {P1} will turn to {teacher}.")
    else:
        d.set(pages=d.count(6, 15))
        d.two("But I [did|have done] my part! I [sent|emailed] you {pages} pages [on Sunday|last night].", "What do you mean? There are {pages} pages from me in your [inbox|mailbox].",
              "Haven't you looked at your emails? I wrote {pages} pages and sent them to you.")
        d.one("{pages} pages? I [never got|haven't seen] them. Let me [look|check]...", "[Really|Did you]? Wait, I'll check [my phone|my spam folder].", "Don't make things up! Hang on, let me see.")
        d.two("[Well|And]? [Are they there|Have you got them]?", "[Take your time|Go on, look].", "I bet they're with all the advertising.")
        d.digress(0.2)
        d.one("Oh, here they are. [I'm so sorry|Please forgive me]. I've been unfair.", "You're right, they [are here|were there all along]. I [apologise|owe you an apology].",
              "Found them. How stupid of me, and I shouted at you!")
        d.two("[It's all right|Never mind]. Let's [finish it|put it together] [now|tonight].", "[Apology accepted|Forget it]. Do you like [them|my part]?", "You can make it up to me with a coffee.")
        d.summary("{P1} complains that {P2} hasn't helped with their project on {subject}, but {P2} has sent {P1} {pages} pages.",
                  "{P1} is angry with {P2} about a project, then finds the {pages} pages {P2} sent and apologises.",
                  "{P1} blames {P2} for not helping with the project on {subject}. It turns out that {P2} sent {pages} pages.",
                  "{P1} has overlooked the {pages} pages on {subject} which {P2} sent and says sorry.")
    d.gist("The project is due on {day}.", "Two students argue.", "It is about {subject}.")


@scenario("ask for an extension", "talk to a teacher", "homework deadline")
def essay_extension(d: Draw) -> None:
    due = d.day("Saturday", "Sunday")
    reason = d.pick(("my laptop was stolen", "{P1}'s laptop was stolen"), ("I've had the flu", "{P1} has had the flu"),
                    ("my grandmother is in hospital", "{P1}'s grandmother is in hospital"),
                    ("I couldn't get the books", "{P1} couldn't get the books"),
                    ("I have three exams this week", "{P1} has three exams this week"),
                    ("I lost all my notes", "{P1} lost all the notes"),
                    ("I've been to a funeral", "{P1} has been to a funeral"))
    d.set(paper=d.pick("history essay", "lab report", "book review", "term paper", "translation", "art project", "geography essay"),
          due=due, reason=reason[0])
    told = reason[1]
    outcome = d.pick("granted", "half", "refused", "talk")

    d.one("[Excuse me|Hello], {title2}. May I [ask you something|talk to you for a moment]?", "{title2}, [do you have|have you got] a minute after class?",
          "Could I have a word with you, {title2}? It's rather urgent.")
    d.two("[Of course|Certainly]. What is it, {name1}?", "Yes, {name1}? [What can I do for you|What's the matter]?", "As long as it's quick. What's troubling you?")
    d.one("It's about the {paper}. I [won't be able to|can't] finish it by {due}, because {reason}.", "I'd like to ask for more time for the {paper}. I know it's due on {due}, but {reason}.",
          "The {paper} is due on {due}, isn't it? I'm in trouble with it, since {reason}.")
    d.two("[I'm sorry to hear that|That's bad luck]. How far have you got?", "[Oh dear|I see]. Have you [started|begun] at all?", "Hm. Is there anything at all on paper?")
    d.one("I have [a plan and two pages|the first half].", "[About half|Most] of it, but the [end|last part] is missing.", "The outline is there, and a bit more than that.")
    if outcome == "granted":
        new = d.day(due)
        d.set(new=new)
        d.two("[All right|Fine]. You can hand it in on {new} [instead|].", "[You're normally so reliable|I trust you]. Let's say {new}.", "Then I won't be hard on you. Bring it on {new}.")
        if d.chance(0.3):
            d.one("Will I [lose|get fewer] marks for that?", "Does it [count as|mean it's] late?", "And my mark won't suffer?")
            d.two("[No|Not at all], [not this time|don't worry].", "No, you have a good reason.", "It won't, you have my word.")
        d.one("Thank you [so much|very much], {title2}. It will be [ready|there] on {new}.", "[That's a great relief|That helps a lot]. Thank you.", "I can't tell you how grateful I am.")
        d.summary("{P1} can't finish the {paper} by {due}. {P2} allows {P1} to hand it in on {new}.",
                  f"{{P1}} asks {{P2}} for more time for the {{paper}} because {told}. {{P2}} gives {{P1}} until {{new}}.",
                  "{P1} needs more time for the {paper}, and {P2} moves the date from {due} to {new}.",
                  f"As {told}, {{P2}} lets {{P1}} hand in the {{paper}} on {{new}} instead of {{due}}.")
    elif outcome == "half":
        d.set(new=d.day(due), percent=d.pick("5", "10", "15", "20", "25") + " percent")
        d.two("You may hand it in on {new}, but it will cost you {percent} of the marks.",
              "I can accept it on {new}, but then you lose {percent} of the marks.", "Until {new}, then. But by the rules I have to take off {percent}.")
        d.one("{percent}? [That's hard|That's a lot], but [all right|okay].", "[I understand|That's fair]. I'd rather have [a good paper|it done well].", "Well, a late one is better than a bad one.")
        d.two("[It's up to you|Decide yourself]. I'll see you on {new}.", "[Good|Very well]. Do [your best|what you can].", "That's sensible. Get well organised next time.")
        d.summary("{P1} can't finish the {paper} by {due}. {P2} will accept it on {new} but take off {percent}.",
                  f"{{P1}} asks {{P2}} for more time for the {{paper}} because {told}. {{P1}} gets it but will lose {{percent}}.",
                  "{P2} lets {P1} hand in the {paper} on {new}, at the cost of {percent} of the marks.",
                  f"As {told}, {{P1}}'s {{paper}} will be late, on {{new}}, and {{P2}} is going to take off {{percent}}.")
    elif outcome == "refused":
        d.two("I'm [sorry|afraid], but I can't [make an exception|do that]. The [date|deadline] is the same for everyone.",
              "No, {name1}. You [had|have had] [six|five] weeks. It wouldn't be fair to the others.", "You should have come to me earlier. My answer is no.")
        d.one("[Please|But], {title2}! [It's not my fault|Isn't there anything you can do]?", "Not even [one day|a day or two]?", "What if I stayed up all night and brought it one day later?")
        d.two("[No|I'm sorry]. Hand in what you have on {due}.", "Give me what you've got by {due}. [That's better than nothing|Even half a paper gets marks].", "On {due}, as agreed, and however much you have.")
        d.one("[All right|I see]. I'll [do what I can|work all weekend].", "[Well|Okay], then I'd better [start at once|hurry].", "It'll be a long night, then.")
        d.summary("{P1} asks {P2} for more time for the {paper}, but {P2} refuses. It has to be handed in on {due}.",
                  f"{{P1}} can't finish the {{paper}} because {told}. {{P2}} doesn't give {{P1}} more time.",
                  "{P2} won't make an exception for {P1}, who must hand in the {paper} on {due}, finished or not.",
                  f"Although {told}, {{P2}} insists on getting {{P1}}'s {{paper}} on {{due}}.")
    else:
        d.set(minutes=d.pick("ten", "fifteen", "twenty", "thirty"), new=d.day(due, "Saturday", "Sunday"))
        d.two("[How about|What about] a talk instead? [Speak|Talk] for {minutes} minutes on {new}.", "You could give a talk of {minutes} minutes on {new} instead. Would you like that?",
              "Let me make you an offer. You talk to the class for {minutes} minutes on {new}, and I forget the {paper}.")
        d.one("A talk? [That would be great|I'd love to]. [Thank you|Thanks]!", "{minutes} minutes? [Yes, I can do that|That sounds fine].", "In front of everyone? Well, why not!")
        d.two("[Good|Great]. [Bring some pictures|Use your notes].", "[Then that's agreed|Fine]. See you on {new}.", "You'll do well, I'm sure. Off you go.")
        d.summary("{P1} can't finish the {paper} by {due}. {P2} lets {P1} give a talk on {new} instead.",
                  f"{{P1}} asks {{P2}} for more time for the {{paper}} because {told}. {{P1}} will give a talk of {{minutes}} minutes instead.",
                  "Instead of the {paper} {P1} will give a talk of {minutes} minutes on {new}, as {P2} suggests.",
                  f"As {told}, {{P2}} offers {{P1}} to talk for {{minutes}} minutes on {{new}} in place of the {{paper}}.")
    d.gist("The {paper} isn't ready.", "She needs more time after {due}.", "A student talks to a teacher.")


@scenario("learn a language", "language exchange", "practise together")
def language_exchange(d: Draw) -> None:
    mine, yours = d.sample(2, "Spanish", "Italian", "Japanese", "German", "Polish", "Arabic", "Portuguese", "Korean", "Turkish", "Greek")
    d.set(language=mine, years=d.count(2, 6), problem=d.pick("the verbs", "the pronunciation", "the listening", "the word order", "the grammar",
                                                             "the spelling", "remembering the words"))
    outcome = d.pick("exchange", "club", "trip", "app")

    d.one("[Hi|Hello], {name2}. You [look|seem] tired. [What are you reading|What have you got there]?", "[Hey|Hi], {name2}! Is that a {language} book?",
          "What's that you're muttering to yourself, {name2}?")
    d.two("[Oh, hi|Hello]. I'm [studying|practising] {language}, but it's [so|really] hard.", "It's my {language} homework. I'm [going mad|in despair].",
          "My {language} lesson. I'll never get it into my head.")
    d.one("How long have you been learning {language}?", "[Really|Honestly]? Since when have you been [learning|studying] {language}?", "You learn {language}? For how long already?")
    d.two("[For|It's been] {years} years now, and I still can't order a coffee.",
          "{years} years [already|], would you believe it?", "Since I left school, so it must be {years} years.")
    d.one("[And what|What] is the [hardest part|biggest problem] for you?", "What do you find [most difficult|so hard about it]?", "Where does it go wrong, exactly?")
    d.two("It's {problem} that I [can't manage|never get right].", "{problem}[, definitely|]. The rest is [all right|okay].", "I could do it all if it weren't for {problem}.")
    d.digress()
    if outcome == "exchange":
        d.set(other=yours, day=d.day(), time=d.clock(16, 19))
        d.one("My [mother speaks|parents speak] it, so I grew up with {language}. You could [practise|talk] with me.", "[You know what|Listen]: I [speak|grew up with] {language}. Let me help you.",
              "Didn't you know that I speak {language} at home? I can teach you.")
        d.two("[Would you|Really]? [Then|And] I'll teach you {other} [in return|].", "That would be [great|wonderful]! And I could help you with your {other}.", "Then let me do something for you. You wanted to learn {other}, I think?")
        d.one("[Deal|Great]! Shall we [meet|start] on {day} at {time}?", "[I'd love that|That's fair]. [How about|What about] {day} at {time}?", "I've wanted to for years. Come round on {day} at {time}.")
        d.two("[Yes|Sure], {day} is [good|fine]. I'll bring [cake|biscuits].", "[Perfect|Excellent]. See you then.", "I'll be there with both my books.")
        d.summary("{P2} finds {language} difficult. {P1} will help {P2}, who will teach {P1} {other} in return.",
                  "{P1} and {P2} agree to practise {language} and {other} together on {day} at {time}.",
                  "{P1} offers to help {P2} with {language}, and {P2} will help with {other}. They meet on {day} at {time}.",
                  "{P2} has been learning {language} for {years} years. {P1} and {P2} are going to teach each other on {day}.",
                  "As {P2} struggles with {language}, {P1} and {P2} decide to swap {language} and {other} lessons on {day}.")
    elif outcome == "club":
        d.set(day=d.day(), place=d.pick("the student bar", "the town library", "Café Rosa", "the church hall", "the bookshop", "the youth club"))
        d.one("You should [talk|speak] more. There's a {language} club in {place} every {day}.", "[Why don't you|You could] [go to|join] the {language} club? It meets in {place} on {day}.",
              "You need people to talk to. On {day} the {language} club gets together in {place}.")
        d.two("[Alone|On my own]? I'm too shy [for that|].", "I'd be [afraid|too shy] to [open my mouth|say anything].", "And make a fool of myself in front of strangers?")
        d.one("[I'll come|I could come] with you[, if you like|].", "Then [let's go together|I'll join you]. I'd like to [see|try] it too.", "Not alone, silly. I'm coming with you.")
        d.two("[Would you|You will]? Then [I'll try it|let's go].", "[All right|Okay], with you I'd [dare|do it].", "That's different. Pick me up, will you?")
        d.summary("{P2} finds {language} difficult. {P1} will go with {P2} to the {language} club in {place} on {day}.",
                  "{P1} advises {P2} to go to a {language} club. {P2} is shy, so {P1} will come along.",
                  "{P2} has been learning {language} for {years} years. {P1} and {P2} will try a club in {place} on {day}.",
                  "As {P2} is too shy to go alone, {P1} and {P2} will visit the {language} club together on {day}.")
    elif outcome == "trip":
        d.set(month=d.month(), weeks=d.count(2, 8))
        d.one("You should [go abroad for a while|spend some time abroad]. [Nothing helps more|That's the best way].", "[Have you|Haven't you] ever thought of [going|studying] abroad?", "A language is learned in the street and not from books.")
        d.two("[Actually|In fact], I've [booked|found] a course there for {weeks} weeks in {month}.", "I'm going [there|] in {month}, for {weeks} weeks. I'll live with a family.",
              "You may be right, and I am going abroad in {month}, for {weeks} weeks.")
        d.one("{weeks} weeks! [I envy you|How exciting]. Are you [excited|nervous]?", "[Wonderful|That's great]! You'll speak like [a native|a local] after that.", "And you complain! I'd give anything to come along.")
        d.two("[A little|Very]. I hope they [understand me|like me].", "[Let's hope so|I hope so]. I'll send you a postcard.", "Then do. There's always a bed for you.")
        d.summary("{P2} finds {language} difficult. {P2} is going abroad in {month} for {weeks} weeks to learn it better.",
                  "{P1} thinks one should learn a language abroad, and {P2} is going to do so for {weeks} weeks in {month}.",
                  "{P2} has been learning {language} for {years} years and will go abroad for {weeks} weeks in {month}.",
                  "{P2} tells {P1} about problems with {language} and about a stay of {weeks} weeks abroad in {month}.")
    else:
        d.set(minutes=d.pick("ten", "fifteen", "twenty", "thirty"), method=d.pick("songs", "films", "comics", "radio news", "children's books", "cooking videos"))
        d.one("I used to learn with {method}. {minutes} minutes [a|every] day, [no more|that's all].", "Try {method}! {minutes} minutes [a|every] day [works wonders|is enough].", "Put that book away. All you need is {method}, {minutes} minutes a day.")
        d.two("{method}? Does that [really|] [work|help]?", "I've never [tried|thought of] {method}. [Is that any good|Does that help]?", "You're pulling my leg. Just {method}?")
        d.one("[Yes|Of course]. [You learn without noticing|It doesn't feel like work].", "It [worked|did] for me. And it's [free|fun].", "How do you think I passed my exam?")
        d.two("[Okay|All right], I'll [try it|start tonight].", "[Good idea|Why not]. [Anything is|That must be] better than this book.", "It can't be worse than this. I'll give it a go.")
        d.summary("{P2} finds {language} difficult. {P1} recommends {method} for {minutes} minutes a day, and {P2} will try it.",
                  "{P1} advises {P2} to learn {language} with {method}, and {P2} agrees to give it a try.",
                  "{P2} has been learning {language} for {years} years with little success and will try {method} on {P1}'s advice.",
                  "As {P2} has trouble with {language}, {P1} suggests {method} for {minutes} minutes a day.")
    d.gist("{language} is hard.", "I've been learning {language} for {years} years.", "Two people talk about a language.")
