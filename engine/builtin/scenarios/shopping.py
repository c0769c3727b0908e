"""Shops: things bought, brought back, ordered and repaired."""

from engine.builtin.grammar import Draw, scenario


@scenario("return an item", "ask for a refund", "complaint in a shop")
def return_item(d: Draw) -> None:
    item, fault = d.pick(
        ("kettle", "it leaks from the bottom"),
        ("toaster", "it burns one side only"),
        ("jacket", "the zip is broken"),
        ("umbrella", "it does not open any more"),
        ("desk lamp", "it keeps flickering"),
        ("backpack", "one strap has come off"),
        ("coffee machine", "it never gets hot"),
    )
    d.set(item=item, fault=fault, day=d.day(), price=d.money(15, 95), weeks=d.count(2, 6))
    outcome = d.pick("refund", "exchange", "repair", "refused")
    receipt = outcome != "refused"

    d.one("[Good morning|Hello|Hi]. [How can I help you|What can I do for you]?",
          "[Hi|Hello] there. Is there something I can help you with?",
          "[Good afternoon|Welcome]. You look like you have a problem. Can I help?")
    d.two("[Hi|Hello]. I bought this {item} here [on {day}|last {day}] and {fault}.",
          "Yes, please. This {item} [isn't right|doesn't work properly]. I got it here on {day}, and {fault}.",
          "I hope so. It's about this {item} from {day}. The trouble is, {fault}.")
    d.one("Oh, [I'm sorry to hear that|that's a shame]. [May I|Can I] have a look at it?",
          "[I'm sorry about that|Oh dear]. Let me see it, please.",
          "That shouldn't happen. Would you mind showing me?")
    d.two("[Sure|Of course]. [You see|Look], {fault}.", "Here you are. I [hardly used it|only used it twice].",
          "Certainly. I have been very careful with it.")
    d.digress()
    d.one("Do you [have|still have] the receipt?", "And the receipt? Did you bring it?",
          "I'll need to see some proof of purchase, I'm afraid.")
    if receipt:
        d.two("Yes, [here it is|it's in my bag]. I paid {price}.", "Here. It says {price}.",
              "Luckily I kept it. {price}, as you can see.")
    else:
        d.two("[I'm afraid not|No, sorry]. I think I threw it away.", "No. I looked everywhere [at home|] for it.",
              "That's the thing, I must have lost it.")

    if outcome == "refund":
        d.one("[That's fine|All right]. I can give you your money back.",
              "Then there's no problem. You'll get the {price} back [on your card|right away].",
              "In that case you get a full refund, of course.")
        d.two("[Great|That's wonderful], thank you [very much|].", "Perfect. Thanks for being so helpful.",
              "That was easier than I thought. Thanks.")
        d.summary("{P2} returns a faulty {item} bought on {day}. {P1} gives {P2} a refund of {price}.",
                  "{P2} complains that the {item} is faulty because {fault}. {P1} refunds the {price}.",
                  "{P2} brings back the {item} and shows the receipt, so {P1} agrees to pay back {price}.",
                  "The {item} {P2} bought on {day} has a fault, and {P1} gives {P2} the {price} back.")
    elif outcome == "exchange":
        d.one("We [could|can] give you a new one instead. Would that be [all right|okay]?",
              "I [can't|am not able to] pay you back, but I can swap it for a new {item}.",
              "How about a new one from the shelf? We still have a few.")
        d.two("[Yes|Sure], a new one [would be|is] fine.", "[That's all|All] I want, really. Thanks.",
              "Fair enough, as long as it works.")
        d.summary("{P2} returns a faulty {item} bought on {day}. {P1} exchanges the {item} for a new one.",
                  "{P2} complains that the {item} is faulty because {fault}. {P1} offers {P2} a new one.",
                  "{P2} brings back the {item}, which cost {price}, and accepts a new one from {P1}.",
                  "The {item} {P2} bought on {day} has a fault, and {P1} swaps it for a new one.")
    elif outcome == "repair":
        d.one("I'll send it to our workshop. It takes about {weeks} weeks.",
              "We can repair it [for free|at no charge], but it will take {weeks} weeks.",
              "Our technician will mend it. You'd have it back in {weeks} weeks.")
        d.two("{weeks} weeks? [Well, if there's no other way|That's long, but all right].",
              "That's [rather|quite] long, but okay.", "I suppose I can wait {weeks} weeks.")
        d.summary("{P2} returns a faulty {item} bought on {day}. {P1} will have it repaired in {weeks} weeks.",
                  "{P2} complains that the {item} is faulty because {fault}. {P1} offers a repair, which takes {weeks} weeks.",
                  "{P2} brings back the {item}, and {P1} sends it to be repaired. {P2} has to wait {weeks} weeks.",
                  "The {item} {P2} bought on {day} has a fault, so {P1} will have it mended within {weeks} weeks.")
    else:
        d.one("[I'm sorry, but|I'm afraid] without a receipt I can't [do anything|take it back].",
              "Then [there's nothing I can do|my hands are tied]. It's the rule of the shop.",
              "Without that I really cannot accept it.")
        d.two("That's [ridiculous|not fair]. I [won't|will never] shop here again.",
              "[What a pity|Well]. I'll look for the receipt again at home.",
              "I see. I'm rather disappointed, to be honest.")
        d.summary("{P2} wants to return a faulty {item} bought on {day}, but {P1} refuses because {P2} has no receipt.",
                  "{P2} complains that the {item} is faulty because {fault}. {P1} can't take it back without a receipt.",
                  "{P2} brings back the {item} without a receipt, so {P1} refuses to accept it.",
                  "{P1} does not take back {P2}'s faulty {item} since {P2} has lost the receipt.")
    d.gist("The {item} is broken.", "He bought {a item} and {fault}.", "I bought this {item} on {day}.")


@scenario("buy a present", "buy clothes", "shopping for a gift")
def buy_gift(d: Draw) -> None:
    colour, other_colour = d.sample(2, "blue", "red", "green", "black", "grey", "white", "brown")
    price = d.number(30, 120, 5)
    item, cheaper = d.pick(("scarf", "hat"), ("leather bag", "purse"), ("pullover", "T-shirt"), ("silk shirt", "handkerchief"),
                           ("raincoat", "umbrella"), ("dressing gown", "towel"), ("cardigan", "belt"))
    d.set(item=item, cheaper=cheaper, colour=colour, alternative=other_colour, price=f"{price} dollars",
          less=f"{d.number(10, price - 15, 5)} dollars", day=d.day("Sunday"),
          occasion=d.pick("birthday", "wedding anniversary", "housewarming party", "farewell party", "retirement"),
          person=d.pick("my sister", "my father", "a colleague", "my aunt", "my best friend", "my cousin", "my uncle"))
    outcome = d.pick("buys", "cheaper", "other colour", "leaves")

    if d.chance(0.5):
        d.two("[Hello|Good afternoon]. [Are you looking for something special|Can I help you find anything]?",
              "[Hi|Hello]. [Is somebody helping you|Are you all right there] or may I help?",
              "Welcome. Tell me if you need a hand with anything.")
        d.one("Yes, please. I need a present for {person}. It's for a {occasion}.",
              "[Yes|Please]. I'm looking for something for {person}, for a {occasion}.",
              "You can. There's a {occasion} coming up, and I have nothing yet for {person}.")
    else:
        d.one("[Excuse me|Hello]. I need a present for {person}. It's for a {occasion}.",
              "[Could you help me|Do you work here]? I'm looking for a {occasion} present for {person}.",
              "Hello. What would you give somebody for a {occasion}? It's for {person}.")
    d.two("[How nice|Lovely]. What [about|do you think of] this {colour} {item}? It's [very|really] popular.",
          "Let me think. [We have|There's] a {colour} {item} that [everybody likes|came in this week].",
          "If I were you, I'd choose something to wear, say, a {colour} {item} like this one.")
    d.digress()
    d.one("[Oh, that's pretty|I like that]. How much is the {item}?",
          "A {item}, [that's an idea|why not]. And [the price|what does it cost]?",
          "It feels lovely and soft. Is it expensive?")
    d.two("It's {price}. [The quality is excellent|It will last for years].", "{price}. It was [even|] more [last month|before the sale].",
          "This one comes to {price}, and it's worth every cent.")
    if outcome == "buys":
        d.one("[All right|Good], I'll take it. Could you wrap it [up|for me]?", "{price} [is okay|is fine]. Can you gift-wrap it[, please|]?",
              "Sold. Do you do gift wrapping as well?")
        d.two("[Of course|With pleasure]. [I'll use our best paper|I'll put a ribbon on it].",
              "[Yes, it's free|Certainly]. And you can exchange it [if it doesn't fit|within a month].",
              "We do. I'll put a nice bow on it.")
        d.one("[Thank you|Thanks]. You've been a great help.", "[How kind|That's lovely]. Thank you.",
              "Wonderful, that's one thing less to worry about.")
        d.summary("{P1} is looking for a present and buys {a colour} {item} for {price}.",
                  "{P2} shows {P1} {a colour} {item}. {P1} takes it for {price} and has it wrapped.",
                  "{P1} needs a present for a {occasion}. On {P2}'s advice, {P1} buys {a item} for {price}.",
                  "With {P2}'s help, {P1} finds a {occasion} present, {a item} that costs {price}.")
    elif outcome == "cheaper":
        d.one("{price}? [That's more than I wanted to spend|I can't spend that much]. [Anything cheaper|Is there something cheaper]?",
              "[Hmm|Oh], {price} is too much for me. Do you have anything [cheaper|for less]?",
              "{price} is over my limit, I'm afraid. What else is there?")
        d.two("[Then how about|What about] this {cheaper}? It's only {less}.", "[Of course|Sure]. This {cheaper} is just {less}.",
              "In that case I'd suggest the {cheaper} over there, at {less}.")
        d.one("[Perfect|Much better]. I'll take the {cheaper}.", "{less}, [that's more like it|I can do that]. The {cheaper}, then.",
              "The {cheaper} is charming as well. I'll have that.")
        d.two("[Excellent|Very good]. Shall I wrap it [for you|up]?",
              "[Good choice|I'm sure it will please]. Here's your bag.", "You won't go wrong with it.")
        d.summary("{P1} is looking for a present. The {item} is too expensive, so {P1} buys {a cheaper} for {less}.",
                  "{P2} shows {P1} {a item} for {price}, but {P1} takes {a cheaper} for {less} instead.",
                  "{P1} needs a present for a {occasion} and chooses {a cheaper} because the {item} costs too much.",
                  "As {price} is too much for {P1}, {P2} suggests {a cheaper}, which {P1} buys for {less}.")
    elif outcome == "other colour":
        d.one("The price is [fine|all right], but {colour} [isn't the right colour|won't do]. Do you have it in {alternative}?",
              "[Okay|Good]. But I'd prefer it in {alternative}. {colour} is not quite right.",
              "I can pay that. Only the {colour} bothers me. Could I see it in {alternative}?")
        d.two("Not [here|at the moment]. But I can order it in {alternative} for {day}.", "[I'm sorry, but|I'm afraid] {alternative} is sold out. We'll have it again on {day}.",
              "It's on its way to us, actually. {alternative} comes in on {day}.")
        d.one("{day} is [early enough|fine]. [Please keep one for me|I'd like to order it, please].",
              "[Great|Good], [I'll wait|there's still time]. Please put one aside for me on {day}.",
              "Would you set one aside? I'll be here on {day}.")
        d.two("[Certainly|Of course]. I'll make a note of it.",
              "[No problem|With pleasure]. See you on {day}.", "It's as good as done.")
        d.summary("{P1} is looking for a present. {P1} wants the {item} in {alternative}, which will be there on {day}.",
                  "{P2} shows {P1} {a colour} {item}, but {P1} prefers {alternative} and will get it on {day}.",
                  "{P1} needs a present for a {occasion} and will come back on {day} for {a item} in {alternative}.",
                  "As the shop has no {alternative} {item} now, {P2} will keep one for {P1} on {day}.")
    else:
        d.one("{price}? [That's too much for me|I can't afford that]. [I'd better look around|I'll try somewhere else].",
              "[Oh|Hmm]. For {price} I'd rather [bake a cake|make something myself].",
              "{price} is out of the question, I'm sorry.")
        d.two("I can show you [something else|other things], if you like.", "[Don't you want to see|May I show you] something cheaper?",
              "There might be something else for you here.")
        d.one("No, [thank you|thanks]. [Maybe another time|I'll think about it].", "[That's kind, but no|Not today]. [Goodbye|Have a nice day].",
              "I won't, thank you. My bus leaves in a minute.")
        d.summary("{P1} is looking for a present but leaves without buying the {item} because {price} is too much.",
                  "{P2} shows {P1} {a colour} {item} for {price}. {P1} finds it too expensive and buys nothing.",
                  "{P1} needs a present for a {occasion}. {P1} doesn't want to pay {price} for {a item} and leaves.",
                  "Although {P2} offers to show something else, {P1} buys nothing, as the {item} is too expensive.")
    d.gist("It is a present for {person}.", "The {item} is {colour}.", "Someone looks for a gift.")


@scenario("bargain at a market", "flea market", "bargaining")
def market_bargain(d: Draw) -> None:
    ask = d.number(30, 140, 10)
    bid = ask - d.pick(10, 15, 20)
    item, extra = d.pick(("lamp", "bulb"), ("vase", "saucer"), ("guitar", "songbook"), ("mirror", "small frame"), ("teapot", "tin of tea"),
                         ("wooden chest", "padlock"), ("armchair", "footstool"), ("camera", "leather case"), ("clock", "key ring"))
    d.set(item=item, extra=extra, ask=f"{ask} dollars", bid=f"{bid} dollars", middle=f"{(ask + bid + 1) // 2} dollars",
          flaw=d.pick("a scratch", "a small crack", "a stain", "a dent", "a faded spot"),
          origin=d.pick("a castle", "my grandmother", "an old hotel", "a theatre", "a collector", "a ship"),
          age=d.pick("30", "40", "50", "60", "80", "100"))
    outcome = d.pick("middle", "full price", "walks away", "low price")

    d.one("[Excuse me|Hello]. How much is this {item}?", "[Good morning|Hello]. I like this {item}. [What does it cost|How much do you want for it]?",
          "What a lovely {item}. What are you asking for it?", "That {item} has caught my eye. What's the price?")
    d.two("[Good morning|Hello]. {ask}. It's [over|about] {age} years old.", "That one's {ask}. It comes from {origin}.",
          "For you, {ask}. You won't find another one like it.")
    d.one("{ask}? [That's too much|That's expensive]. Look, it has {flaw}.", "But there's {flaw} [here|on the side]. {ask} is a lot for that.",
          "With {flaw} like this? I wouldn't pay {ask}.")
    d.two("[Oh, that's nothing|You can hardly see it]. [It shows its age|It has character].", "[A thing like this|Something so old] is never perfect. What would you give me?",
          "That's part of its charm. Make me an offer.")
    d.digress(0.2)
    d.one("[I'll give you|How about] {bid}?", "I can offer {bid}, [no more|that's all].", "My offer is {bid}, take it or leave it.")
    if outcome == "middle":
        d.two("{bid}? [I have to live, too|You must be joking]. Let's say {middle}.",
              "[No, no|I can't do that]. {middle}, and it's yours.", "{bid} is too little. Give me {middle} and we're both happy.")
        d.one("{middle}? [All right|Okay], [it's a deal|I'll take it].", "[You win|Fine]. Here's {middle}.", "I can agree to that. Do you have a bag?")
        d.two("[A pleasure doing business with you|Enjoy it]. [Goodbye|Have a nice day].", "[Thank you|Thanks]. You've made [a good choice|a bargain].", "Take good care of it, will you?")
        d.summary("{P1} wants to buy {a item} that costs {ask}. After bargaining, {P1} gets it for {middle}.",
                  "{P2} asks {ask} for {a item} and {P1} offers {bid}. They agree on {middle}.",
                  "{P1} bargains with {P2} over {a item} with {flaw} and pays {middle} in the end.",
                  "{P2} comes down from {ask} to {middle}, and {P1} buys the {item}.")
    elif outcome == "full price":
        d.two("I can't go lower than {ask}. But I'll [give you|add] {a extra} for free.",
              "No, the price is {ask}. [All I can do|What I can do] is give you {a extra} with it.", "My price stays at {ask}, but I'd throw in {a extra}.")
        d.one("[Well|Hmm], with the {extra}, [all right|okay]. I'll take it.", "And the {extra} [is free|costs nothing]? Then [it's a deal|I'll buy it].", "The {extra} as well? You've talked me into it.")
        d.two("[Excellent|Wonderful]. That's {ask}, please.", "[Very good|Great]. Shall I [wrap them up|put them in a bag]?", "I thought you'd see reason.")
        d.summary("{P1} tries to bargain over {a item} but pays the full {ask} and gets {a extra} for free.",
                  "{P2} doesn't lower the price of the {item} but adds {a extra}, so {P1} buys it for {ask}.",
                  "{P1} offers {bid} for {a item}. {P2} wants {ask}, and {P1} agrees because {a extra} comes with it.",
                  "{P2} insists on {ask} for the {item}, and {P1} accepts when {a extra} is added for nothing.")
    elif outcome == "low price":
        d.two("[Oh, all right|Well]. It's [late|been a slow day]. You can have it for {bid}.", "{bid}? [Because it's you|Since it's my last one], yes.",
              "Fine, {bid}. I don't feel like carrying it home.")
        d.one("[Great|Wonderful]. Here's the money.", "[Thank you|Thanks]. I know just the place for it.", "I didn't expect that. Here you go.")
        d.two("[Thanks|Thank you]. [Tell your friends about me|Come back soon].", "[Enjoy it|Have fun with it]. Don't tell anyone [what you paid|the price].", "Don't drop it on the way.")
        d.summary("{P1} wants to buy {a item} that costs {ask}. {P2} lets {P1} have it for {bid}.",
                  "{P2} asks {ask} for {a item} and accepts {P1}'s offer of {bid}.",
                  "{P1} bargains with {P2} over {a item} with {flaw} and gets it for only {bid}.",
                  "{P2} comes down from {ask} to {bid}, just as {P1} suggests, and sells the {item}.")
    else:
        d.two("[Never|Certainly not]. I paid more for it myself.", "[I'm sorry|No], [I can't|I won't] go below {ask}.", "For that money I'd rather keep it.")
        d.one("[Then I'll leave it|Then no, thank you]. [Goodbye|Good luck with it].", "[What a pity|Too bad]. I'll look [somewhere else|at other stalls].", "We won't agree, I see. Have a good day.")
        d.two("[As you like|Suit yourself]. [Somebody will buy it|It'll be gone by noon].", "[Think about it|You'll be back]. I'm here [all day|until we close].", "Somebody else will pay it, believe me.")
        d.summary("{P1} offers {bid} for {a item} that costs {ask}, but {P2} refuses and {P1} doesn't buy it.",
                  "{P2} asks {ask} for {a item}. {P1} only wants to pay {bid}, and they don't come to an agreement.",
                  "{P1} bargains with {P2} over {a item} with {flaw} but leaves without it.",
                  "{P2} turns down {P1}'s offer of {bid} for the {item}, so {P1} walks away.")
    d.gist("The {item} costs {ask}.", "How much is the {item}?", "The {item} has {flaw}.")


@scenario("late delivery", "order has not arrived", "call customer service")
def late_order(d: Draw) -> None:
    ordered, arrives = d.sample(2, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    item = d.pick("tent", "printer", "pair of boots", "bookshelf", "winter coat", "blender", "birthday present", "keyboard", "bed frame", "bicycle lock")
    street, wrong = d.sample(2, "Mill Road", "Station Street", "Park Lane", "Church Street", "Garden Avenue", "River Road", "School Lane")
    d.set(item=item, ordered=ordered, arrives=arrives, street=street, wrong=wrong, late=d.count(3, 12), number=d.number(2110, 9890, 13),
          price=d.money(20, 180), voucher=d.pick("5 dollars", "10 dollars", "15 dollars"))
    outcome = d.pick("arrives", "refund", "new one", "wrong address")

    d.two("[Customer service|Good morning, customer service], {name2} speaking. How can I help?", "[Hello|Good afternoon], [you're through to|this is] customer service. What can I do for you?",
          "Thank you for calling our customer service. What is it about?")
    d.one("[Hello|Hi]. I ordered {a item} [from you|online], and it's {late} days late.", "[Hello|Good morning]. My {item} should have been here {late} days ago. [Where is it?|I'm still waiting!]",
          "I've been waiting for {a item} that was due {late} days ago.")
    d.two("[I'm sorry about that|I do apologise]. [Could you give me|May I have] your order number?", "[Oh, that's too long|I see]. What's the order number, please?",
          "That isn't like us. Do you have the order number at hand?")
    if d.chance(0.35):
        d.one("[Yes|Sure], it's 1{number}. No, [sorry|wait], just {number}.", "1{number}. Oh, no, I misread it. It's {number}.", "It says 1{number}, no, forgive me, {number}.")
    else:
        d.one("[Yes|Sure], it's {number}.", "[One moment|Let me see]. {number}.", "I have it right in front of me. {number}.")
    d.two("[Thank you|Thanks]. [Let me check|I'm looking it up] for you.", "{number}, [all right|okay]. [Just a second|Please hold on].",
          "Bear with me while the page loads.")
    d.digress(0.25)
    d.one("[And|So]? [Can you see it|What does it say]?", "[Have you found it|Is there any news]?", "Well? Is it on its way?")
    if outcome == "arrives":
        d.two("Yes, it's [in the van|at the depot] [now|already]. It'll [be with you|arrive] on {arrives}.", "[There was|They had] a problem [at the depot|with the lorry]. You'll get it on {arrives}.",
              "Good news. The driver will bring it on {arrives}.")
        d.one("{arrives}? [Are you sure|Can I rely on that]? I can't wait at home every day.",
              "[At last|Finally]. [I hope that's true this time|I'll be at home].", "On {arrives}, you say? Very well.")
        d.two("[Yes|I promise], {arrives}. And here's a voucher for {voucher}.", "[Absolutely|It's certain]. We'll [also|] send you a voucher for {voucher}.",
              "You can count on it, and you'll receive a voucher for {voucher} from us.")
        d.one("[Thank you|All right]. [That's kind of you|I appreciate that].", "[Oh, that's nice|A voucher]! Thanks.", "That makes up for it a little.")
        d.summary("{P1} complains that {a item} is {late} days late. {P2} says it will arrive on {arrives}.",
                  "{P1}'s {item} hasn't come yet. {P2} promises it for {arrives} and gives {P1} a voucher for {voucher}.",
                  "{P2} looks up {P1}'s late order and tells {P1} that the {item} will be there on {arrives}.",
                  "{P1} has been waiting for {a item}, which will come on {arrives}. {P2} adds a voucher for {voucher}.")
    elif outcome == "refund":
        d.two("I'm [sorry|afraid], it's sold out. We can't deliver it.", "[Oh|Hmm]. It's out of stock[, I'm afraid|]. It won't come [at all|any more].",
              "Bad news. There are none left, and we won't get any more.")
        d.one("[What|Really]? [And nobody told me|I don't believe this]. I want my {price} back.", "Then I'd like a refund, please. I paid {price}.", "You might have told me sooner. What about the {price} I paid?")
        d.two("[Of course|Certainly]. You'll have it [in your account|back] [soon|in a few days].", "I'll [refund it|pay it back] [now|at once]. [I'm really sorry|Sorry again].", "I'm transferring the money back to you as we speak.")
        d.one("[At least that|Good]. [Goodbye|Next time I'll buy it in a shop].", "[All right|Fine]. [Thank you|Thanks for being quick].", "Let's hope that arrives faster than my order.")
        d.summary("{P1} complains that {a item} is {late} days late. It is sold out, so {P2} refunds {price}.",
                  "{P1}'s {item} won't come because there are none left. {P1} gets the {price} back.",
                  "{P2} tells {P1}, who is waiting for {a item}, that it can't be delivered, and returns the {price}.",
                  "{P1} asks about {a item} that hasn't arrived and gets a refund of {price} from {P2}.")
    elif outcome == "new one":
        d.two("It seems the parcel [got lost|has been lost]. [Shall I|May I] send you a new one?", "[I'm afraid|Unfortunately] the parcel is lost. Would you like [a new one|another one] or your money back?",
              "Nobody knows where the parcel is. We could send you another.")
        d.one("[Yes, please|A new one, please]. When would [it come|I get it]?", "[I'd like|Send me] a new one. But [quickly|fast], please.", "Another one, then. How soon can you send it?")
        d.two("[We'll send it|It'll leave us] today, [so|and] you'll have it on {arrives}.", "By express, at no cost. It'll be there on {arrives}.", "You'll have it in your hands on {arrives}.")
        d.one("{arrives}, [good|all right]. [Thank you|I hope this one finds me].", "[That's fast|Okay]. Thanks for [your help|sorting it out].", "Let's hope it doesn't get lost as well.")
        d.summary("{P1} complains that {a item} is {late} days late. The parcel is lost, so {P2} sends a new one for {arrives}.",
                  "{P1}'s {item} is lost. {P2} will send {P1} another one, which comes on {arrives}.",
                  "{P2} finds out that {P1}'s parcel is lost and promises {P1} a replacement on {arrives}.",
                  "{P1} asks about a late order. As it is lost, {P1} will get another one on {arrives}.")
    else:
        d.two("It says here [we tried|the driver tried] to deliver it to {wrong}. Is that your address?", "The parcel [went|was taken] to {wrong}. [Is that right|Do you live there]?", "We have {wrong} as the address. Isn't that correct?")
        d.one("[No|No, no], I live in {street}. [I moved last year|That's my old address].", "{wrong}? [I used to live there|I moved]. Now it's {street}.", "That's my old one. It ought to be {street}.")
        d.two("[That explains it|I see]. I'll change it to {street}. You'll have it on {arrives}.", "[No wonder|Ah], [then I'll correct that|I'll put that right]. It'll come to {street} on {arrives}.", "Then I'll note down {street}, and we'll be there on {arrives}.")
        d.one("[Great|Good]. [I should have told you|Sorry for the mix-up].", "On {arrives}, [perfect|okay]. [My mistake, then|Thank you].", "How embarrassing. Thanks for sorting it out.")
        d.summary("{P1} complains that {a item} is {late} days late. It went to {P1}'s old address and will now come on {arrives}.",
                  "{P1}'s {item} was taken to {wrong}. {P2} changes the address to {street}.",
                  "{P2} finds out that {P1}'s order went to the wrong address. It will be delivered to {street} on {arrives}.",
                  "{P1} asks about a late {item}. Since {P1} lives in {street} now, {P2} corrects the address.")
    d.gist("The {item} is late.", "The order number is {number}.", "I ordered {a item} online.")
