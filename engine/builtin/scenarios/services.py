"""Services: the bank, the post office, the telephone company and the garage."""

from engine.builtin.grammar import Draw, scenario


@scenario("lost bank card", "report a lost card", "call the bank")
def lost_card(d: Draw) -> None:
    d.set(place=d.pick("on the bus", "at the swimming pool", "in a supermarket", "at a petrol station", "in a taxi", "at the cinema",
                       "at the market", "in a restaurant"), time=d.clock(8, 13))
    outcome = d.pick("blocked", "stolen", "found", "collect")

    d.two("[Good afternoon|Hello], City Bank[, {name2} speaking|]. [How can I help|What can I do for you]?", "Customer service, good afternoon. [How can I help you|What is it about]?",
          "This is the bank's card service. What may I do for you?")
    d.one("I've lost my bank card. I [think|believe] it was {place}.", "My [bank|credit] card is gone! I must have lost it {place}.",
          "It's an emergency. I can't find my card, and I last had it {place}.")
    d.two("[I'm sorry to hear that|Don't worry]. When did you [last use it|notice it]?", "[All right|Stay calm]. [About what time|When] was that?", "We'll sort it out. What time was it, roughly?")
    d.one("It was today, at {time}[, more or less|].", "At {time}. I [remember|know] because I looked at [the clock|my watch].", "Let me think. It must have been {time}.")
    d.two("And [your name|may I have your name], please?", "Could you [tell|give] me your [full|] name?", "Who am I speaking to, please?")
    d.one("{name1} {surname1}.", "It's {name1} {surname1}.", "My name is {name1} {surname1}. I've been a customer for years.")
    d.two("[Thank you|Thanks]. [One moment|Let me look], please. I [have|see] your account here.", "[Right|Good], I've found you. Let me look at your account.", "There you are. Let's see what has happened so far.")
    if outcome == "blocked":
        d.set(days=d.count(3, 9))
        d.one("Has anyone [used it|taken any money]?", "Is my money [still there|safe]?", "I hope nobody has been shopping with it!")
        d.two("[Nothing has happened|Nobody has touched your money]. I've blocked it, and you'll get a new one in {days} days.", "[There's nothing missing|Not a cent has gone]. The card is blocked now. A new one takes {days} days.",
              "All the money is still there. I'm blocking it now, and the new one will reach you in {days} days.")
        d.one("[Thank goodness|What a relief]. Do I have to pay for [it|the new one]?", "{days} days? [Fine|All right]. Is there a charge?", "I can live with that. Does it cost anything?")
        d.two("No, [it's free|there's no charge]. [Have a good day|Goodbye].", "[The first one|This one] is free.", "Not for customers of such long standing.")
        d.summary("{P1} reports a lost bank card. {P2} blocks the card and will send a new one within {days} days.",
                  "{P1} lost a bank card {place}. Nobody has used it, and {P2} blocks it.",
                  "{P1} calls {P2} about a lost card. No money is missing, and {P1} gets a new card in {days} days.",
                  "{P2} blocks the card {P1} has lost {place} and promises a new one in {days} days.",
                  "As {P1} can't find the card, {P2} blocks it and tells {P1} that a new one takes {days} days.")
    elif outcome == "stolen":
        d.set(amount=d.money(60, 480, 20), shop=d.pick("a jeweller's", "a phone shop", "an online shop", "a sports shop", "a clothes shop", "an off-licence", "a toy shop"))
        d.one("Is everything [all right|okay]?", "Has anyone used it?", "You sound worried. Is something missing?")
        d.two("[I'm afraid|Unfortunately] someone has paid {amount} in {shop}. Was that you?", "[Hm|Wait]. There's a payment of {amount} to {shop} today. [Did you make it|Do you know it]?", "Have you spent {amount} in {shop} since this morning?")
        d.one("[No|Certainly not]! I [haven't bought anything|never go there]. [That's terrible|What now]?", "{amount}? That [wasn't|can't have been] me!", "I've never set foot in there! What should I do?")
        d.two("I've [just|] blocked the card. Go to the police, and [then|] we'll pay you the {amount} back.", "The card is blocked now. Report it to the police, and send us the report. Then you'll get your money back.",
              "First of all I'm blocking it. When you've been to the police, the bank will refund it.")
        d.one("[All right|Okay], I'll go [there|] [at once|right away].", "[Thank you|Thanks]. I'm glad I called.", "I'm on my way. Thank you for your help.")
        d.two("[Good|Fine]. Call us if you have any questions.", "You're welcome. [I'm sorry for the trouble|Good luck].", "Take the number of your card with you.")
        d.summary("{P1} reports a lost bank card. Somebody has spent {amount} with it, so {P1} should go to the police.",
                  "{P1} lost a card {place}, and someone used it in {shop}. {P2} blocks it and sends {P1} to the police.",
                  "{P2} finds that {amount} has been spent with {P1}'s lost card. {P1} will get it back after going to the police.",
                  "{P2} blocks {P1}'s lost card because a stranger has paid {amount} in {shop} with it.")
    elif outcome == "found":
        preposition, spot = d.pick(("in", "coat"), ("under", "seat"), ("in", "other bag"), ("among", "papers"), ("in", "shopping"),
                             ("in", "gym bag"), ("in", "lunch box"))
        d.set(spot=spot)
        pocket, where = preposition + " my {spot}", preposition + " {P1}'s {spot}"
        d.one("[Please block it|Could you block it] [at once|right away]!", "Can you stop it before [somebody|a thief] [uses it|goes shopping]?", "Do be quick, I'm on pins and needles.")
        d.two("[Of course|Certainly]. But [once it's blocked|then] you can't use it [again|any more].", "I can. Are you [quite|absolutely] sure that it's gone?", "Before I press the button, have you searched everything?")
        d.one(f"[Wait|Stop]! I've [just|] found it. It was {pocket} [all the time|]!", f"[Oh|Hold on], there it is, {pocket}! Please don't block it.", f"Hang on. You won't believe it, here it is, {pocket}!")
        d.two("[Good|Wonderful]. Then I won't do anything.", "[I'm glad|That's good news]. So we [leave it as it is|needn't block it].", "All's well that ends well. I'll leave it active, then.")
        d.one("[I'm so sorry|Sorry] for the trouble.", "[Thank you|Thanks] for your patience. How [embarrassing|silly of me]!", "I feel such a fool. Thanks all the same.")
        d.two("[No trouble at all|Don't mention it]. Have a nice day.", "It happens [every day|all the time]. Goodbye.", "Better this way than the other. Goodbye.")
        d.summary("{P1} reports a lost bank card, but then finds it, so {P2} doesn't have to block it.",
                  "{P1} thinks a bank card was lost {place}. During the call {P1} finds the card " + where + ".",
                  "{P1} wants {P2} to block a lost card but discovers it " + where + " just in time.",
                  "{P2} is about to block {P1}'s card when {P1} finds it again " + where + ".")
    else:
        d.set(day=d.day("Sunday", "Saturday"), paper=d.pick("passport", "driving licence", "identity card"))
        d.one("Could you block it and [send|give] me a new one? I'm [travelling|leaving] soon.", "I need a new one [fast|quickly], I'm going abroad [soon|this week].", "What do I do without it? I'm flying out at the weekend.")
        d.two("It's blocked [now|already]. You can [pick up|collect] a new card at our branch on {day}.", "I've blocked it. [Come|Go] to your branch on {day}, and you'll get a new one.",
              "The old one is blocked, and a new one will be waiting at your branch on {day}.")
        d.one("On {day}, [good|perfect]. Do I need to bring anything?", "[Great|Wonderful]. What must I bring [with me|]?", "Just in time! Which papers do I need?")
        d.two("[Just|Only] your {paper}.", "Bring your {paper}[, please|]. [Nothing else|That's all].", "Without your {paper} they won't give it to you.")
        d.summary("{P1} reports a lost bank card. {P2} blocks it, and {P1} can collect a new one on {day}.",
                  "{P1} lost a card {place} and needs a new one fast. It'll be ready at the branch on {day}.",
                  "{P2} blocks {P1}'s lost card. {P1} has to bring {a paper} to get the new one on {day}.",
                  "{P1} is going away soon and has lost a bank card, so {P2} has a new one ready at the branch on {day}.")
    d.gist("My card is gone.", "The card was lost {place}.", "Calling the bank at {time}.")


@scenario("open a bank account", "at the bank", "a new account")
def open_account(d: Draw) -> None:
    d.set(purpose=d.pick("my salary", "my savings", "my rent", "my studies", "my first job", "my pension", "my little shop", "my prize money"),
          fee=f"{d.number(2, 9)} dollars")
    purpose = d.facts["purpose"].removeprefix("my ")
    del d.facts["purpose"]
    d.set(purpose=purpose)
    outcome = d.pick("opened", "papers", "savings", "leaves")

    d.one("[Good morning|Hello]. [What can I do for you|How can I help you]?", "Next, please! [Good morning|Hello], what can I do for you?", "Welcome to the bank. Is somebody looking after you?")
    d.two("[Hello|Good morning]. I'd like to open an account[, please|].", "I [want|need] to open an account. Can I do that here?", "Not yet. I've come to open an account.")
    d.one("[Certainly|Of course]. What [will you use it for|is it for]?", "[You're in the right place|With pleasure]. What do you need it for?", "I'll be happy to help. May I ask what kind of use you have in mind?")
    d.two("It's [mainly|mostly] for my {purpose}.", "I [want|need] it for my {purpose}.", "Above all for my {purpose}.")
    if outcome == "savings":
        d.facts.pop("fee")
        rate = d.pick("two", "three", "four")
        d.set(rate=f"{rate} percent", amount=d.money(100, 900, 50))
        d.one("Then [may I suggest|I'd recommend] a savings account. It pays {rate} [a year|interest].", "You could [take|have] our savings account instead. You'd get {rate} a year.", "Have you thought of a savings account? There you earn {rate} a year.")
        d.two("{rate}? [That sounds good|Not bad]. How much do I have to [pay in|put in]?", "[Interesting|Really]. Is there a [smallest amount|minimum]?", "That's more than I get now. What do I need to begin with?")
        d.one("You [need|must pay in] {amount} [to start with|at first].", "{amount} is [enough|all you need].", "The first payment has to be {amount} or more.")
        d.two("[That's fine|Good]. I have {amount} [with me|in my bag]. Let's do it.", "[All right|Okay], I'll take [that one|it].", "I can just manage that. Where's the form?")
        d.summary("{P2} wants to open an account. {P1} recommends a savings account which pays {rate}, and {P2} takes it.",
                  "{P2} decides on a savings account which pays {rate} a year and needs a first payment of {amount}.",
                  "{P1} persuades {P2} to open a savings account. {P2} has to pay in {amount}.",
                  "On {P1}'s advice {P2} opens a savings account with a first payment of {amount}.")
        d.gist("It's for {purpose}.", "I want an account.", "She goes to the bank.")
        return
    d.one("The account [costs|is] {fee} a month, and the card is [free|included].", "For that we have an account at {fee} a month. [You'd get a card as well|The card is free].", "There's a simple account for that. We charge {fee} a month.")
    if outcome == "leaves":
        d.two("{fee} a month? The bank [across the street|next door] [asks for|charges] nothing!", "I [have|would have] to pay {fee} every month? [Other banks are free|My friends pay nothing].", "You charge {fee} for looking after my money? That's free elsewhere!")
        d.one("But we have [more branches|better advice].", "I'm [sorry|afraid] that's [our price|what it costs].", "We're not the cheapest, but we are the safest.")
        d.two("[Thank you|Thanks], but [then I'll go there|that's too much for me]. Goodbye.", "[No, thank you|Then no, thanks]. I'll try another bank.", "I'd rather keep my money. Have a nice day.")
        d.one("[As you wish|I understand]. [Take a leaflet|Here's my card], in case you change your mind.", "[That's a pity|I'm sorry]. Goodbye.", "Well, I can't stop you. Goodbye.")
        d.summary("{P2} wants to open an account with {P1} but doesn't do so because it costs {fee} a month.",
                  "{P2} finds {P1}'s charge of {fee} a month too high and leaves without opening an account.",
                  "{P1} explains that an account costs {fee} a month. {P2} doesn't want to pay that.",
                  "{P2} decides against an account at {P1}'s bank, which charges {fee} a month.")
    else:
        d.two("{fee} a month? That's [all right|acceptable].", "That [sounds|seems] [fair|reasonable].", "I'd heard it was more, so that's fine.")
        d.digress(0.2)
        d.one("[Good|Fine]. May I see your passport and [a bill with your address|something with your address on it]?", "[Then|Now] I need your passport and [a proof|some proof] of your address.", "All I need is your passport and a letter that shows where you live.")
        if outcome == "papers":
            d.set(day=d.day("Sunday"))
            d.two("Here's my passport, but I have nothing with my address.", "I've [only|just] got my passport [here|with me].", "The passport is here. A letter, though? I moved only last week.")
            d.one("[I'm afraid|Sorry, but] I need both. Could you [come back|come again]?", "[I'm sorry|Unfortunately], I can't open it without that.", "Then it'll have to wait. The rules are strict.")
            d.two("[All right|I see]. I'll come [back|again] on {day} [with everything|].", "[What a pity|Oh well]. I'll bring it on {day}.", "Then let's say {day}. I'll bring whatever I can find.")
            d.one("[Very good|Fine]. I'll [keep|prepare] the form for you.", "[Good|Perfect]. Ask for {title1}.", "It won't take five minutes then. See you.")
            d.summary("{P2} can't open an account because a proof of address is missing. {P2} will come back on {day}.",
                      "{P1} needs to see {P2}'s passport and address. {P2} only has the passport and will return on {day}.",
                      "{P2} wants an account for {fee} a month but has to bring {P1} proof of an address on {day}.",
                      "As {P2} can't prove the address, {P1} cannot open the account yet, and {P2} will be back on {day}.")
        else:
            d.set(days=d.count(2, 8))
            d.two("[Here you are|Here they are]. I brought [both|everything].", "[Of course|Sure]. Here's the passport, and this is my [phone|gas] bill.", "A friend warned me, so I have both here.")
            d.one("[Thank you|Very good]. [Please sign here|Sign here, please]. Your card will come in {days} days.", "[Perfect|Excellent]. The account is open, and you'll have your card in {days} days.", "Then just sign here. The card comes by post in {days} days.")
            d.two("[That was quick|So fast]! Thank you.", "[Great|Wonderful]. Thank you for your help.", "I thought it would take all day. Thanks.")
            d.summary("{P2} opens a bank account, which costs {fee} a month. The card will arrive in {days} days.",
                      "{P1} helps {P2} to open an account for {fee} a month, and {P2} will get a card in {days} days.",
                      "{P2} has brought all the papers, so {P1} opens an account. The card takes {days} days.",
                      "{P2} gets an account from {P1} for {fee} a month after showing a passport and proof of address.",
                      "{P1} opens an account for {P2}, who has to wait {days} days for the card.")
    d.gist("It costs {fee} a month.", "It's for {purpose}.", "I want an account.")


@scenario("post a parcel", "at the post office", "send a package")
def post_parcel(d: Draw) -> None:
    d.set(country=d.pick("Canada", "Japan", "Australia", "Brazil", "India", "Norway", "South Africa", "Mexico", "Ireland", "Greece"),
          content=d.pick("books", "baby clothes", "homemade jam", "a teapot", "photographs", "chocolate", "a wool blanket", "toys", "running shoes"))
    outcome = d.pick("express", "cheap", "heavy", "form", "fetch")
    if outcome == "heavy":
        d.set(content=d.pick("books", "homemade jam", "old records", "garden tools", "a toolbox", "bottles of olive oil"))

    if outcome == "fetch":
        d.set(day=d.day("Sunday"), paper=d.pick("passport", "driving licence", "identity card"))
        shown = d.chance(0.5)
        d.one("[Hello|Good morning]. I got this note about a parcel. It's from {country}.", "[Hi|Good afternoon]. I'm here to [collect|pick up] a parcel from {country}.", "There should be a parcel from {country} for me. This was in my letter box.")
        d.two("[Let me see|Just a moment]. [May I have your name|What's your name], please?", "[I'll have a look|I'll check]. What name is it?", "From {country}, you say? Who is it addressed to?")
        d.one("{name1} {surname1}.", "It's {surname1}, {name1} {surname1}.", "To me, {name1} {surname1}. My aunt sent me {content}.")
        d.facts.pop("content")
        d.two("[Yes|Ah, yes], it's here. Can I see your {paper}?", "I've found it. Now I need to see your {paper}[, please|].", "That big one must be it. I'd just like a look at your {paper}.")
        if shown:
            d.facts.pop("day")
            d.set(charge=d.money(3, 24, 3))
            d.one("[Sure|Of course], here it is.", "[Yes|Certainly]. [There you are|Here].", "I thought you might. Here.")
            d.two("[Thank you|Thanks]. There's {charge} [customs duty|duty] to pay [on it|].", "[Good|Fine]. The customs want {charge} for it.", "That's in order. There is duty on it, {charge} to be exact.")
            d.digress(0.2)
            d.one("{charge}? [All right|Well], here you are.", "I [didn't|did not] expect that. Here's {charge}.", "I hope it's worth it, then. There you go.")
            d.two("[Thanks|Thank you]. And here's your parcel.", "[Sign here|Please sign], and it's yours.", "I'm sure it is. Mind, it's heavy.")
            d.summary("{P1} collects a parcel from {country} and has to pay {charge} in duty.",
                      "{P1} shows {P2} {a paper} and pays {charge} to get a parcel from {country}.",
                      "{P2} gives {P1} a parcel from {country} after {P1} has paid {charge}.",
                      "{P1} gets a parcel from {country} at the post office. {P2} charges {P1} {charge} for it.")
        else:
            d.one("I've left it at home. Can't you make an exception?", "Oh no, I don't have it with me. But I have the note!", "I came straight from work, so I haven't got it here.")
            d.two("[I'm sorry|I'm afraid not]. [Without it|Then] I can't give you the parcel.", "[Sorry, but|I'm afraid] that's not enough. You'll have to come again.", "Rules are rules, I can't hand it over like that.")
            d.one("How long will you keep it?", "Until when [can|may] I pick it up?", "When does it go back, if I don't come?")
            d.two("[Until|Till] {day}. [After that|Then] it goes back.", "You have time until {day}.", "It stays here until {day}, not longer.")
            d.summary("{P1} wants to collect a parcel from {country} but has no {paper} and must come again by {day}.",
                      "{P2} can't give {P1} the parcel from {country} without seeing {a paper}. It's kept until {day}.",
                      "{P1} has left the {paper} at home, so {P2} doesn't hand over the parcel. It stays there until {day}.",
                      "{P1} doesn't get the parcel because the {paper} is missing. {P2} keeps it until {day}.")
        d.gist("A parcel from {country}.", "I need my parcel.", "Somebody needs {a paper}.")
        return

    d.one("[Hello|Good morning]. I'd like to send this parcel to {country}.", "[Hi|Good afternoon]. How much is it to send this [parcel|box] to {country}?", "This has to go to {country}, please. What does it cost?")
    d.two("[Put|Please put] it on the scales. What's in it?", "[Let me weigh it|I'll weigh it for you]. And what is inside?", "Just lift it up here, would you? I have to ask you what you've packed.")
    d.one("{content}. It's a present for my [sister|brother|cousin].", "[Just|Only] {content}, a present for a friend.", "I've packed {content}. A birthday present for an old friend.")
    if outcome == "form":
        d.set(value=d.money(15, 95))
        d.two("[Then|In that case] you have to fill in this [customs|] form.", "I need a customs form, then. Please fill it in [over there|at the table].", "For {country} there has to be a form on it. Here's a pen.")
        d.one("What do I write [here|in this box], next to \"value\"?", "There's a line for the value. What should I [put|write]?", "What do they mean by value?")
        d.two("[What you paid for it|The price]. [How much was it|What did it cost]?", "[Just|Simply] what it's worth. What would you say?", "What you'd have to pay to buy it again.")
        d.digress(0.2)
        d.one("[About|Around] {value}[, I think|].", "I [paid|spent] {value}.", "Then I'll put {value}, that's about right.")
        d.two("[Fine|Good]. Sign at the bottom, and [we're done|that's it].", "[Thank you|All right]. I'll [stick|put] it on. It goes out [today|this afternoon].", "Perfect. I'll see that it leaves today.")
        d.summary("{P1} wants to send a parcel to {country}. {P2} has {P1} fill in a form and state the value, {value}.",
                  "{P1} is sending {content} to {country} and has to fill in a form for {P2}.",
                  "{P2} helps {P1} with the form for a parcel to {country}, which is worth {value}.",
                  "{P1} sends a present to {country} and writes {value} as its value on the form, with {P2}'s help.")
    elif outcome == "heavy":
        d.set(weight=d.count(4, 12), limit=d.pick("two kilos", "three kilos"))
        d.two("It weighs {weight} kilos. The limit for {country} is {limit}[, I'm afraid|].", "[I'm sorry|Oh dear]. It's {weight} kilos, and only {limit} are allowed.", "It's too heavy. You have {weight} kilos there, and they accept {limit}.")
        d.one("[Oh no|Really]? What can I do?", "Can't I pay [more|extra] for it?", "But I've wrapped it so nicely!")
        d.two("I'm afraid you'd have to make several parcels [of it|].", "You could [divide it up|make smaller parcels]. We sell boxes [over there|].", "There's only one way, and that's to make smaller parcels of it.")
        d.one("[All right|Okay]. I'll [take it home and|] pack it again.", "[What a nuisance|Oh well]. I'll come back tomorrow with smaller ones.", "Then I have some packing to do tonight.")
        d.two("[Sorry about that|I'm sorry]. See you [soon|later].", "[Do that|Good]. We're open until six.", "Cheer up, smaller ones travel faster.")
        d.summary("{P1} wants to send a parcel to {country}, but it's too heavy, so {P1} has to pack it again.",
                  "{P2} can't accept {P1}'s parcel because it weighs {weight} kilos and only {limit} are allowed.",
                  "{P1}'s parcel for {country} weighs {weight} kilos. {P2} tells {P1} to make smaller parcels of it.",
                  "As the limit is {limit}, {P1} can't send the parcel of {weight} kilos and will divide it up.")
    else:
        fast, slow = d.count(2, 5), d.count(7, 14)
        low = d.number(8, 20)
        d.set(fast=fast, slow=slow, dear=f"{low + d.number(9, 30)} dollars", cheap=f"{low} dollars")
        d.two("By normal post it's {cheap} and takes {slow} days. Express is {dear} and takes {fast} days.", "You [can|may] choose. Express costs {dear}, {fast} days. Normal post costs {cheap}, {slow} days.",
              "Either it goes the slow way, {slow} days for {cheap}, or express, {fast} days for {dear}.")
        if d.chance(0.4):
            d.one("Is it [insured|safe]?", "What if it gets lost?", "And if it never arrives?")
            d.two("It's [always|] insured. Keep the receipt.", "[Don't worry|Then] you'd get your money back.", "I've only seen that happen once. It's insured, anyway.")
        if outcome == "express":
            d.one("[It's urgent|The birthday is soon], so [express, please|I'll take express].", "I'd better send it by express. It [mustn't|must not] be late.", "{dear} is a lot, but it has to be there soon. Express.")
            d.two("[All right|Fine], that's {dear}. It will be there in {fast} days.", "[Certainly|Of course]. {dear}, please.", "It'll be there before you know it. {dear}, then.")
            d.one("[Here you are|There you go]. [Thanks|Thank you].", "[Do you take cards|Can I pay by card]?", "Here's the money. Have a nice day.")
            d.two("[Thank you|Thanks]. [Goodbye|Have a good day].", "That's fine. Here's your receipt.", "And here's your receipt. Next, please!")
            d.summary("{P1} sends a parcel to {country} by express for {dear}. It will take {fast} days.",
                      "{P1} wants a present to reach {country} soon, so {P1} pays {P2} {dear} for express post.",
                      "{P2} explains two ways of sending a parcel to {country}. {P1} chooses express, which costs {dear}.",
                      "{P1} is sending {content} to {country} and decides on express because it only takes {fast} days.",
                      "{P1} prefers express to normal post for a parcel to {country} and pays {dear}.")
        else:
            d.one("[There's no hurry|It's not urgent]. Normal post is fine.", "{dear}? [No, thanks|Goodness]. I'll take the normal post.", "My friend can wait. I'll save the money and take the slow way.")
            d.two("[Good|All right]. That's {cheap}, [please|then].", "[Fine|Okay]. {cheap}, please. It'll be there in {slow} days.", "Very sensible. {cheap}, please.")
            d.one("[Here you are|There you go]. [Thanks|Thank you].", "Here's the money. [Have a nice day|Goodbye].", "And could I have two stamps as well? Thank you.")
            d.two("[Thank you|Thanks]. [Goodbye|Have a good day].", "[You're welcome|My pleasure]. Goodbye.", "There you are. Next, please!")
            d.summary("{P1} sends a parcel to {country} by normal post for {cheap}. It will take {slow} days.",
                      "{P1} isn't in a hurry, so {P1} pays {P2} {cheap} to send a present to {country} the slow way.",
                      "{P2} explains two ways of sending a parcel to {country}. {P1} chooses the cheaper one for {cheap}.",
                      "{P1} is sending {content} to {country} and doesn't take express, which costs {dear}.")
    d.gist("A parcel to {country}.", "I send {content} to {country}.", "She is at the post office.")


@scenario("phone bill", "complain about a bill", "customer service call")
def phone_bill(d: Draw) -> None:
    usual = d.number(20, 45, 5)
    d.set(bill=f"{usual + d.number(40, 220, 5)} dollars", usual=f"{usual} dollars", month=d.month())
    outcome = d.pick("mistake", "abroad", "family", "cancel")

    d.two("[Good morning|Hello], customer service. [How can I help you|What can I do for you]?", "Thank you for [calling|waiting]. {name2} speaking, how can I help?", "You're through to the billing department. What's the matter?")
    d.one("I'm [calling|ringing] about my phone bill for {month}. It's {bill}!", "[There's something wrong|Something isn't right] with my bill for {month}. You want {bill} from me!", "I've just opened my bill for {month}, and I can't believe it. {bill}!")
    d.two("And how much do you [normally|usually] pay?", "[I see|Let me see]. What [is it normally|do you pay as a rule]?", "I understand. What would you have expected?")
    d.one("[Never more than|Always about] {usual}.", "{usual}, [month after month|as a rule].", "It has been {usual} ever since I signed the contract.")
    d.two("May I have your [phone|customer] number[, please|]?", "I'll [check|look into] it. What's your number?", "That is a big difference indeed. Give me your number, please.")
    number = f"555 {d.number(1000, 9999)}"
    d.set(number=number)
    if d.chance(0.3):
        wrong = number[:-1] + str((int(number[-1]) + d.number(1, 8)) % 10)
        d.set(wrong=wrong)
        d.one("It's {wrong}. [Sorry|No], {number}.", "{wrong}... [no, that's the old one|that was wrong], {number}.", "Let me see, {wrong}. Excuse me, I misread it, {number}.")
    else:
        d.one("{number}.", "It's {number}.", "Have you got a pen? {number}.")
    if outcome == "mistake":
        d.set(days=d.count(3, 10))
        d.two("[You're right|I'm so sorry]. [We've charged you for someone else's calls|These aren't your calls]. It's our mistake.", "[Oh dear|I see]. The computer has [counted|charged] everything twice. That's our [fault|mistake].",
              "I've got it. Somebody else's calls are on your bill, and the mistake is ours.")
        d.one("[So|And] what happens now?", "I [knew it|thought so]! What will you do about it?", "I'm glad you admit it. Do I get my money back?")
        d.two("We'll [pay back|refund] the difference in {days} days.", "You'll get [the difference|what you paid too much] back in {days} days.", "The difference will be on your account in {days} days.")
        d.one("[Good|Great]. Thank you for your help.", "{days} days? [All right|Fine]. [Thanks|Thank you].", "I hope it doesn't happen again. Goodbye.")
        d.summary("{P1} complains about a phone bill of {bill}. It's a mistake, and the difference will be paid back.",
                  "{P1} usually pays {usual}, but the bill for {month} is {bill}. {P2} will return the difference in {days} days.",
                  "{P2} finds a mistake in {P1}'s phone bill for {month} and promises the money back in {days} days.",
                  "{P1}'s phone bill for {month} is too high because of a mistake, which {P2} will put right.",
                  "{P2} admits that {P1}'s bill of {bill} is wrong and says the difference will be repaid.")
    elif outcome == "abroad":
        d.set(country=d.pick("Turkey", "Morocco", "Switzerland", "Egypt", "Brazil", "Thailand", "Mexico", "Canada"))
        d.two("[Were you|Have you been] in {country} [in {month}|that month]?", "It [says|seems] that you used your phone in {country}. Is that [right|correct]?", "Did you take your phone to {country}, by any chance?")
        d.one("[Yes|That's right], I was on holiday there. [Why|What about it]?", "Yes, but I [only looked at maps|hardly used it].", "I did, for a week. But I called nobody!")
        d.two("[The internet|Using the internet] there isn't [part of|in] your contract. That's [the reason|why].", "[Data|The internet] is expensive there. Your contract doesn't [cover|include] it.", "Your phone went online all by itself there, and that's not in your contract.")
        d.digress(0.2)
        d.one("[Nobody told me|I didn't know] that! Do I really have to pay?", "So I [have to|must] pay {bill}?", "You mean there's nothing to be done?")
        d.two("[I'm afraid so|Unfortunately, yes]. But you can pay in two parts.", "[Yes|I'm sorry, yes]. If it helps, I can let you pay in two parts.", "I can let you pay it in two parts, but that's all.")
        d.one("[All right|Okay], in two parts[, then|]. I've learned my lesson.", "[That helps|That's better than nothing]. Let's do that.", "Then two parts, please. What an expensive holiday!")
        d.summary("{P1} complains about a phone bill of {bill}, but it's correct because {P1} used the phone in {country}.",
                  "{P1}'s phone bill is high because of a stay in {country}. {P2} lets {P1} pay in two parts.",
                  "{P2} explains that {P1}'s contract doesn't cover {country}, so {P1} has to pay the {bill}.",
                  "{P1} must pay {bill} for using a phone in {country}, but {P2} allows {P1} to do so in two parts.")
    elif outcome == "family":
        d.set(relative=d.pick("son", "daughter", "grandson", "nephew", "niece", "little brother", "little sister"),
              purchase=d.pick("games", "ring tones", "film downloads", "quiz calls", "music", "stickers"))
        d.two("Most of it is for {purchase}. Does [a child|anyone else] use your phone?", "[According to my screen|As far as I can see], it was spent on {purchase}. [Was that you]?", "There are a great many charges for {purchase} here. Do they mean anything to you?")
        d.one("{purchase}? [Oh no|I see], that must be my {relative}!", "[Not me|I never bought that]! But my {relative} [plays with|borrows] my phone.", "They don't. Unless my {relative}... oh, wait till I get home!")
        d.two("[We can|I can] block such things for you, but you'll have to pay this bill.", "I'm afraid [you have to pay this bill|this bill must be paid]. But I can block such charges.", "This bill you'll have to pay, but we can block it for the future.")
        d.one("[Yes, please|Please do]. [I'll talk to my {relative} too|And I'll pay the bill].", "[Good|All right], please block it [now|at once].", "Block it at once, please. And I know whose pocket money it comes from.")
        d.two("[It's done|I've done that]. [Anything else|Is there anything else]?", "[Done|There]. It can't happen again.", "Consider it done. Don't be too hard on the child.")
        d.summary("{P1} complains about a phone bill of {bill}. It turns out that {P1}'s {relative} spent the money.",
                  "{P1}'s {relative} has spent money on {purchase}, so {P1} has to pay a phone bill of {bill}.",
                  "{P2} explains that {P1}'s bill is high because of {purchase}, and blocks such charges for {P1}.",
                  "{P1}'s phone bill for {month} is {bill} because of {P1}'s {relative}. {P2} blocks further charges.")
    else:
        d.set(offer=f"{usual - d.number(5, 10, 5)} dollars")
        kept = d.chance(0.5)
        d.two("[I've checked it|I have looked], and the bill is correct. Our prices [went up|have gone up].", "It's [correct|right], I'm afraid. [You made a lot of long calls|There were many long calls].", "There's no mistake that I can see. Everything is listed.")
        d.one("[Then|In that case] I want to cancel my contract.", "I've had enough. I'm [leaving|going to another company]. Cancel my contract.", "If that's how you treat people, please cancel my contract.")
        d.two("[Wait|Please wait]. I can offer you a new [contract|plan] for {offer} a month.", "[I'd be sorry to lose you|We'd hate that]. How about {offer} a month [from now on|]?", "Let me make you an offer first. {offer} a month, all calls included.")
        if kept:
            d.one("{offer}? [That sounds better|Now we're talking]. [All right|Okay], I'll stay.", "[Hm|Well], that's [fair|a good price]. I'll take it.", "Why didn't you say so at once? I agree.")
            d.two("[Wonderful|Great]. I'll change it [today|right away].", "[I'm glad|Thank you]. You'll get [a letter|an email] about it.", "You'll see the difference next month already.")
            d.summary("{P1} complains about a phone bill of {bill} and wants to cancel, but accepts {P2}'s offer of {offer} a month.",
                      "{P2} keeps {P1} as a customer by offering a contract for {offer} a month.",
                      "{P1} is angry about the bill for {month}. {P2} offers a price of {offer} a month, and {P1} stays.",
                      "{P1} is about to cancel the contract because of a bill of {bill} but takes a new one for {offer}.")
        else:
            d.one("[No, thank you|No]. My mind is made up. [Cancel it|I want to leave].", "[It's too late|You should have thought of that before]. I [still|] want to cancel.", "Not even if it were free. I'm leaving.")
            d.two("[As you wish|I understand]. Your contract ends [next month|at the end of the month].", "[That's a pity|I'm sorry]. I'll [cancel it|send you the papers].", "Very well. I'll send you the confirmation.")
            d.summary("{P1} complains about a phone bill of {bill} and cancels the contract despite {P2}'s offer of {offer} a month.",
                      "{P2} offers {P1} a contract for {offer} a month, but {P1} wants to cancel anyway.",
                      "{P1} is angry about the bill for {month}, refuses {P2}'s offer and leaves the company.",
                      "{P1} is so annoyed by a bill of {bill} that {P1} cancels the contract with {P2}'s company.")
    d.gist("The bill is {bill}.", "I usually pay {usual}.", "Someone is angry about {month}.")


@scenario("car repair", "at the garage", "car trouble")
def car_garage(d: Draw) -> None:
    symptom, part, low, high = d.pick(
        ("the brakes squeal", "brake pads", 120, 260), ("the engine won't start in the morning", "battery", 90, 190),
        ("there's a smell of petrol", "fuel pipe", 110, 300), ("there's a knocking noise at the front", "front spring", 150, 380),
        ("the heater blows only cold air", "heater fan", 120, 320), ("the steering feels heavy", "steering pump", 240, 480),
        ("the engine gets far too hot", "water pump", 200, 450), ("the wipers have stopped moving", "wiper motor", 100, 240))
    d.set(symptom=symptom, part=part, cost=d.money(low, high, 10), day=d.day("Sunday"))
    plural = part.endswith("s")
    d_is = "are" if plural else "is"
    outcome = d.pick("repair", "wait", "too_dear", "nothing")
    if outcome == "nothing" and symptom in ("the engine won't start in the morning", "there's a smell of petrol"):
        outcome = "repair"

    d.one("[Good morning|Hello]. What's [the trouble|wrong] with [your|the] car?", "[Hi|Good morning]. What [seems to be the problem|can I do for you]?", "Morning! Is that your car outside? What's the matter with it?")
    d.two("[Hello|Good morning]. I'm worried, because {symptom}.", "[Well|You see], {symptom}. Could you [have a look|check it]?", "I don't know much about cars, but {symptom}.")
    d.one("[How long has it been like that|How long have you had that]?", "[I see|Right]. Have you had that for long?", "That's not a thing to joke about. For how long?")
    d.two("Since [last week|yesterday].", "[For a few days|For about a week]. [It's getting worse|I hoped it would go away].",
          "I first noticed it on the motorway, the other day.")
    d.one("[Leave it here|Give me the key], and I'll have a look. [Take a seat|There's coffee over there].", "Let's see. [Open the bonnet, please|I'll lift it up]. Just a minute.", "I'll take it for a short drive. Have a coffee in the meantime.")
    d.two("[Thank you|Thanks]. I hope it's nothing [serious|expensive].", "[All right|Okay]. [Take your time|I'm in no hurry].", "Please be gentle with it. It's an old friend.")
    d.digress()
    if outcome == "nothing":
        d.set(cause=d.pick("a branch", "an old newspaper", "a tennis ball", "a plastic bag", "a bird's nest", "a child's glove"))
        d.facts.pop("part")
        d.facts.pop("cost")
        d.facts.pop("day")
        d.one("You'll laugh. There was {cause} [stuck|caught] [underneath|in there]. That was [all|the whole trouble].", "[Good news|I've found it]. It was only {cause} that had got stuck. [It's fine now|Everything works again].", "The car is as good as new. Look what I pulled out, {cause}!")
        d.two("{cause}? [You're joking|I can't believe it]! What do I owe you?", "How [funny|embarrassing]! And how much is that?", "So that's all it was? What do you charge for it?")
        d.one("[Nothing|Not a cent]. [It took me two minutes|Come again if there's real trouble].", "Nothing at all. [Tell your friends about us|Have a safe trip].", "For that? Nothing. It made my day.")
        d.two("That's very [kind|nice] of you. Thank you!", "[Thank you|Thanks] so much. I'll [come back|recommend you].", "An honest garage! I'll tell everyone I know.")
        d.summary("{P2} takes a car to {P1} because {symptom}. {P1} only has to remove {cause} and charges nothing.",
                  "{P2} has trouble with a car. {P1} finds {cause} in it and doesn't want any money.",
                  "{P1} solves the problem with {P2}'s car for free, as it was just {cause} that had got stuck.",
                  "{P2}'s car isn't broken. {P1} discovers that {cause} was the cause and asks for no money.")
        d.gist("My car has a problem.", "Something is wrong: {symptom}.", "At a garage.")
        return
    d.one(f"[I've found it|There we are]. The {{part}} {d_is} [worn out|broken]. A new one costs {{cost}}.".replace("A new one costs", "New ones cost" if plural else "A new one costs"),
          "It's the {part}. It'll cost you {cost} to have [that|this] replaced.", f"Just as I thought, the {{part}} {d_is} done for. That'll be {{cost}}, work included.")
    if outcome == "repair":
        d.two("{cost}? [Well|All right], it has to be done. When will it be ready?", "[Please go ahead|Do it, please]. When can I [pick it up|collect it]?", "I was afraid of that. How long will you need?")
        if d.chance(0.35):
            d.set(wrong=d.day(d.facts["day"], "Sunday"))
            d.one("On {wrong}. [No, wait|Sorry], we're full that day. On {day}.", "You can have it on {wrong}... [no|sorry], let's say {day}.", "It'll be ready on {wrong}. Hm, no, {day} is more realistic.")
        else:
            d.one("[You can have it|It will be ready] on {day}.", "On {day}, [if all goes well|in the afternoon].", "I have to order something first. You'll get it on {day}.")
        d.two("[Good|Fine]. I'll [come by|be here] then.", "{day} is [all right|fine]. [Thanks|Thank you].", "So I'm taking the bus till then. Thanks.")
        d.summary("{P2}'s car has a problem with the {part}. {P1} will repair it for {cost} by {day}.",
                  "{P2} takes a car to {P1} because {symptom}. The repair costs {cost}, and the car will be ready on {day}.",
                  "{P1} finds that {P2}'s car needs new " + ("{part}" if plural else "parts") + ". {P2} agrees to pay {cost} and can have it back on {day}.",
                  "{P2} lets {P1} repair the car for {cost}, although {P2} has to wait until {day}.",
                  "{P1} is going to replace the {part} of {P2}'s car for {cost}, and {P2} will get it back on {day}.")
    elif outcome == "wait":
        d.facts.pop("day")
        d.set(hours=d.count(2, 5))
        d.two("{cost}? I [need|have to have] it today, I'm driving to [a wedding|my parents]. How fast can you do it?", "[Okay|All right]. But I [must|have to] be [on the road|in town] this evening. How long does it take?", "Money isn't the problem, time is. I need it tonight. How long?")
        d.one("You're lucky, I've got what I need. Give me {hours} hours.", "{hours} hours, [if I start now|not longer].", "I'll leave the other jobs for now. In {hours} hours you can drive off.")
        d.two("{hours} hours is [perfect|fine]. I'll wait [here|in the café].", "[Great|Wonderful]! I'll [go shopping|take a walk] until then.", "You've saved my weekend. I'll wait next door.")
        d.summary("{P2}'s car has a problem with the {part}. {P1} will repair it within {hours} hours for {cost}.",
                  "{P2} takes a car to {P1} because {symptom}. {P1} can do the repair in {hours} hours.",
                  "{P2} needs the car the same day. {P1} promises to have it ready in {hours} hours for {cost}.",
                  "{P1} is going to replace the {part} of {P2}'s car in {hours} hours, as {P2} needs it that day.")
    else:
        d.facts.pop("day")
        d.set(years=d.count(12, 20))
        d.two("{cost}? The car is {years} years old! It isn't worth [that|it].", "[That's too much|So much]? It's {years} years old, I can't [put|spend] {cost} on it.", "I won't spend {cost} on a car of {years} years.")
        d.one("[I understand|I see]. I could look for a used part. That's [cheaper|less].", "[It's up to you|That's for you to decide]. But don't drive it like this.", "A pity, it's a good car otherwise. Do you want to sell it?")
        d.two("No, [thank you|thanks]. I won't have it repaired. I'd rather look for another car. Goodbye.",
              "[I'd rather|I'd better] not have it repaired. It's time for [another|a new] car.", "It's time for a new one, I think. Leave it as it is.")
        d.one("[As you like|All right]. [Good luck|Let me know if I can help].", "[I'd do the same|That's sensible]. Goodbye.", "I can show you a nice one in the yard, if you like.")
        d.two("[Thanks|Thank you] for [your honesty|looking at it].", "What do I owe you for the look? Here's something for your coffee.", "Maybe another day. Goodbye.")
        d.summary("{P2}'s car has a problem with the {part}. {P2} finds {cost} too much and doesn't have it repaired.",
                  "{P2} takes a car to {P1} because {symptom}, but {P2} doesn't want to pay {cost} for an old car.",
                  "{P1} asks {cost} for the repair. As the car is {years} years old, {P2} would rather get another one.",
                  "{P2} decides against a repair for {cost} because the car is already {years} years old.")
    d.gist("My car has a problem.", "It's the {part}.", "At a garage because {symptom}.")
