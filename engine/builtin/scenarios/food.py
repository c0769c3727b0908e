"""Food: eating out, what goes wrong there, cooking together, and having people round."""

from engine.builtin.grammar import Draw, scenario


@scenario("ordering food", "in a restaurant", "having dinner out")
def order_food(d: Draw) -> None:
    dish, other = d.sample(2, "mushroom soup", "grilled salmon", "lamb curry", "vegetable lasagne", "roast chicken", "fish pie",
                           "onion tart", "steak with chips", "seafood pasta", "lentil stew")
    d.set(
        dish=dish, other=other,
        drink=d.pick("apple juice", "sparkling water", "ginger beer", "red wine", "white wine", "iced tea", "tomato juice", "lemonade"),
        dessert=d.pick("cheesecake", "apple crumble", "chocolate mousse", "lemon tart", "rice pudding", "ice cream"),
        allergy=d.pick("nuts", "shellfish", "celery", "mustard", "sesame", "eggs"),
        minutes=d.pick("25", "30", "40", "45", "50"),
        company=d.pick("my brother", "my boss", "an old friend", "my wife's parents", "a customer", "my neighbour"),
    )
    outcome = d.pick("ordered", "sold_out", "allergy", "wait")
    if outcome == "allergy":
        dish, other, allergy = d.pick(
            ("lamb curry", "roast chicken", "nuts"), ("seafood pasta", "mushroom soup", "shellfish"), ("lentil stew", "steak with chips", "celery"),
            ("onion tart", "lamb curry", "eggs"), ("grilled salmon", "onion tart", "sesame"), ("fish pie", "vegetable lasagne", "shellfish"),
            ("vegetable lasagne", "grilled salmon", "eggs"), ("roast chicken", "seafood pasta", "mustard"), ("mushroom soup", "fish pie", "celery"),
        )
        d.set(dish=dish, other=other, allergy=allergy)

    if d.chance(0.4):
        d.two("[Good evening|Hello]. Are you ready to order?", "[Good evening|Welcome]. Have you decided [yet|already]?",
              "Have you had time to look at the menu?")
        d.one("[Not yet|Not quite]. I'm waiting for {company}. Could you come back in [five|ten] minutes?",
              "I'd [rather|like to] wait for {company} first, if [that's okay|you don't mind].",
              "Almost. {company} should be here any moment, so could we wait a little?")
        d.two("[Of course|No problem]. Shall I bring you [something|anything] to drink in the meantime?",
              "[Certainly|Take your time]. How about a drink while you wait?", "There's no rush. Can I get you a drink at least?")
        d.one("[Yes|Good idea], {drink}, please. [Actually|You know what], I'm too hungry. I'll order now: the {dish}.",
              "{drink}, please. And I've changed my mind, I'm starving. Can I have the {dish} [now|]?",
              "A glass of {drink}, please. You know, I won't wait after all. The {dish} for me.")
    else:
        d.two("[Good evening|Hello]. [And what|What] can I bring you?", "[Good evening|Welcome]. [What can I get you|What would you like]?",
              "Right, I'm all yours. What will it be tonight?")
        d.one("[Hello|Good evening]. I'd like the {dish} and [a glass of|some] {drink}.", "I'll [have|take] the {dish}[, please|], and {drink} to drink.",
              "I've been thinking about your {dish} all day. So that one, with a glass of {drink}.")

    if d.chance(0.5):
        d.two("[Would you like|Can I bring you] a starter?", "Anything [to start with|before that]?", "And what would you like first? A small salad, perhaps?")
        d.one("No, [thanks|thank you]. I [had|ate] a big lunch.", "Just some bread[, please|]. I'm saving myself for the main course.",
              "Only a little bread, if I may.")

    if outcome == "ordered":
        d.two("The {dish} [is very good today|is a good choice]. [Anything|Would you like anything] for dessert?", "[Very good|Excellent choice]. Would you like a dessert [later|afterwards]?",
              "One {dish}, coming up. Have you thought about something sweet to finish with?")
        d.digress()
        d.one("What [do you have|can you recommend]?", "[Maybe|Perhaps]. What's good here?", "I might be tempted. What is there?")
        d.two("Our {dessert} is [homemade|very popular].", "[I would|You should] try the {dessert}. We make it ourselves.", "Most people ask for the {dessert}. I eat too much of it myself.")
        d.one("[Then|All right,] I'll have the {dessert}[, too|].", "{dessert}? [That sounds good|Lovely], I'll take it.", "You've talked me into it. The {dessert} as well, then.")
        d.two("[Great|Thank you]. It won't take long.", "[Good|Wonderful]. I'll be right back with your {drink}.", "You won't regret it. The food will be with you shortly.")
        d.summary("{P1} orders the {dish}, {drink} and, on {P2}'s advice, the {dessert} for dessert.",
                  "{P1} is in a restaurant and orders the {dish} and {drink}. {P2} recommends the {dessert}, and {P1} takes it.",
                  "{P2} takes {P1}'s order: the {dish}, {drink} and the {dessert}.",
                  "{P1} orders the {dish} and {drink} from {P2} and is persuaded to have the {dessert} as well.")
    elif outcome == "sold_out":
        d.two("I'm [sorry|afraid], the {dish} is [sold out|finished]. [Would you like|How about] the {other}?" , "[Sorry|Oh], we've just run out of the {dish}. I can [recommend|offer you] the {other}.",
              "What a shame, the last {dish} has just gone to the next table. The {other} is excellent, though.")
        d.digress()
        d.one("[Oh no|What a pity]. [Is the|Is your] {other} [spicy|very filling]?", "[Really|Already]? What [comes with|is in] the {other}?", "And I was looking forward to it! Tell me about the {other}.")
        d.two("It's [quite mild|rather light], and the chef is proud of it.", "It's [the chef's favourite|the best thing on the menu], with a small salad.",
              "My own family orders it every time, and it comes with fresh bread.")
        d.one("[All right|Okay], I'll [try|have] the {other}.", "[Good|Fine]. Then the {other}, please.", "Well, who could say no to that? The {other} it is.")
        d.two("[Thank you|Very good]. I'll [bring it|be back] soon.", "[A good choice|Great]. Just a few minutes.", "I'm sure you'll like it.")
        d.summary("{P1} wants the {dish}, but it's sold out. {P1} orders the {other} instead.",
                  "{P2} tells {P1} that there is no {dish} left and recommends the {other}. {P1} agrees to have it.",
                  "{P1} orders the {dish} and {drink}. As the {dish} has run out, {P1} takes the {other}.",
                  "The {dish} {P1} would like is not available any more, so {P1} chooses the {other} on {P2}'s advice.")
    elif outcome == "allergy":
        d.two("[Very good|Certainly]. [Is there anything|Anything] you can't eat?", "The {dish}, [fine|all right]. Do you have any allergies?", "I always have to ask: is there something you mustn't eat?")
        d.one("[Yes|Oh, yes], {allergy}. I'm allergic.", "I'm glad you ask. I'm allergic to {allergy}[, I'm afraid|].", "Now that you mention it, {allergy}. It makes me very ill.")
        d.two("[Oh|Then] I'm afraid the {dish} isn't safe for you. [Take|I'd take] the {other}. There's nothing like that in it.",
              "In that case, please don't [eat|order] the {dish}. The {other} is [safe|fine], though.",
              "Thank goodness we talked about it, because that's in the {dish}! You could have the {other} without any worry.")
        d.digress(0.2)
        d.one("[Really|Oh]? [Then|Well, then] the {other}, please. Thank you for [telling me|the warning].", "That was close! I'll [have|take] the {other}, then.",
              "You've saved my evening. Bring me the {other} instead.")
        d.two("[I'll tell|Let me tell] the kitchen, just to be sure.", "[You're welcome|Not at all]. I'll let the chef know, too.", "Better safe than sorry. I'll also have a word with the chef.")
        d.summary("{P1} is allergic to {allergy}. {P2} says {P1} shouldn't have the {dish}, so {P1} orders the {other}.",
                  "{P1} orders the {dish}, but {P2} warns {P1} that it isn't safe with {P1}'s allergy to {allergy}. {P1} takes the {other}.",
                  "{P2} advises {P1}, who can't eat {allergy}, against the {dish}. {P1} chooses the {other} instead.",
                  "{P1} changes the order from the {dish} to the {other} because of an allergy to {allergy}.")
    else:
        d.two("[Certainly|Of course]. But the {dish} takes [about|at least] {minutes} minutes. [We're very busy|The kitchen is busy] tonight.",
              "The {dish} will [be|take] {minutes} minutes, I'm afraid. Is that [okay|all right]?",
              "I should warn you that we're full tonight. You'd be waiting {minutes} minutes for the {dish}.")
        d.digress(0.2)
        d.one("{minutes} minutes? [Hmm|Oh dear]. What's [quicker|faster]?", "That's [too|rather] long. My [film|concert] starts soon. Is there anything quicker?",
              "I don't have that much time, I'm afraid. What could you bring me sooner?")
        d.two("The {other} [is ready|only needs five minutes].", "I could [bring|serve] you the {other} [at once|in five minutes].", "That would be the {other}. It's on the stove already.")
        d.one("[Perfect|Good], the {other}, then.", "[Then|All right,] please make it the {other}.", "Sounds fine to me. I'll switch to the {other}.")
        d.two("[Thank you|Good]. I'll hurry.", "[Right away|Of course].", "You'll have it before you know it.")
        d.summary("{P1} orders the {dish}, but it takes {minutes} minutes, so {P1} has the {other}, which is quicker.",
                  "{P2} tells {P1} that the {dish} takes {minutes} minutes. {P1} doesn't have time and changes to the {other}.",
                  "{P1} doesn't want to wait {minutes} minutes for the {dish} and takes the {other} instead.",
                  "{P1} is short of time and orders the {other} because the {dish} would take {minutes} minutes.")
    d.gist("Dinner in a restaurant.", "Someone orders the {dish}.", "I'd like the {dish}, please.")


@scenario("complaint in a restaurant", "a bad meal", "complaint about food")
def dish_complaint(d: Draw) -> None:
    dish, fault = d.pick(
        ("soup", "is stone cold"), ("steak", "is burnt"), ("salad", "has a snail in it"), ("chicken", "is still raw inside"),
        ("curry", "is far too salty"), ("fish", "smells strange"), ("pizza", "is black underneath"), ("omelette", "has eggshell in it"),
        ("pasta", "is overcooked"), ("burger", "has a hair in it"),
    )
    d.set(dish=dish, fault=fault, price=d.money(30, 95), wait=d.pick("35 minutes", "40 minutes", "45 minutes", "50 minutes", "55 minutes"),
          occasion=d.pick("our anniversary", "my birthday", "my mother's birthday", "my graduation", "our last evening here", "my first day off"),
          gift=d.pick("a free dessert", "a bottle of wine", "coffee for everyone", "a voucher", "cocktails for the table"))
    outcome = d.pick("new", "bill", "manager", "leave")

    d.one("Excuse me, [waiter|could you come here]? [There's|I think there's] something wrong with my {dish}.",
          "[Sorry|Excuse me], I [have|need] to complain about this {dish}.",
          "I don't like to make a fuss, but could you have a look at my {dish}?")
    d.two("[Oh|I'm sorry]. What [seems to be|is] the problem?", "[Really|Oh no]? What's wrong with it?", "Of course. What's the matter with it?")
    d.one("[Well|Look], it {fault}. And I [waited|had to wait] {wait} for it[, too|]!", "It {fault}, that's what. After waiting {wait}!",
          "I sat here for {wait}, and now I find that it {fault}.")
    if d.chance(0.65):
        d.two("[I'm really sorry|I do apologise]. We've got a new cook tonight.", "That [shouldn't|must not] happen. I'm [so|very] sorry.",
              "That's very embarrassing. Two of our cooks are ill today.")
        d.one("[That's not my problem|I understand that]. [It's|Today is] {occasion}, you know.", "And [that|this] on {occasion}!",
              "It's such a pity, because it's {occasion}.")
    if outcome == "new":
        d.two("[Let me|I'll] take it back and bring you a fresh one, and {gift} [on the house|from us].", "I'll have a new one made at once. And please accept {gift} [from us|for the trouble].",
              "You'll get another one straight away, and to make up for it, {gift}.")
        d.digress(0.25)
        d.one("How long will [that|it] take?", "[Okay|Fine], but I [can't|don't want to] wait for {wait} again.", "I hope I won't have grey hair by then.")
        d.two("[Ten|Five] minutes, I promise.", "You have my word, [ten|five] minutes at most.", "It goes to the top of the list. Ten minutes, not more.")
        d.one("[All right|Good]. Thank you.", "[That's kind of you|That's very decent]. Thank you.", "Well, that's a fair offer.")
        d.summary("{P1} complains that the {dish} {fault}. {P2} will bring {P1} a new one and offers {gift}.",
                  "{P1}'s {dish} {fault}. {P2} apologises with {gift} and has a new one made.",
                  "{P1} is unhappy with the {dish}, for which {P1} waited {wait}. {P2} promises a fresh one and {gift}.",
                  "{P2} takes back {P1}'s {dish} because it {fault} and promises another one within minutes.")
    elif outcome == "bill":
        d.two("[Shall I|Can I] bring you another one?", "Would you like [something else|a new one] instead?", "What can I do? Would another {dish} help?")
        d.one("No, [I've lost my appetite|thank you]. [Just|Only] bring me the bill.", "[I don't want|I'm not waiting for] another one. I'd like to pay and go.",
              "There's no time left for that. Let me pay, please.")
        d.two("[The bill is {price}, but|It's {price} altogether. But] I'll take the {dish} off, of course.", "You don't pay for the {dish}, naturally. That leaves {price}.",
              "I've crossed out the {dish}, so it comes to {price}.")
        d.one("[That's fair|Good]. Here you are.", "[I should think so|That's the least you can do]. Keep the change.", "Thank you. I'm not angry with you, you know.")
        d.two("[I hope|We hope] you'll give us another chance.", "Thank you [for your patience|for understanding].", "Next time it will be better, I promise.")
        d.summary("{P1} complains that the {dish} {fault}. {P1} doesn't want a new one, and {P2} takes it off the bill.",
                  "{P1}'s {dish} {fault}. {P1} asks for the bill, and {P2} doesn't charge for the {dish}.",
                  "{P1} is not satisfied with the {dish} and refuses another one. {P2} doesn't make {P1} pay for it.",
                  "{P2} takes the {dish} off {P1}'s bill because it {fault}.")
    elif outcome == "manager":
        d.two("[To be honest|Well], it looks [fine|perfectly normal] to me.", "[Nobody else|No one else] has complained [tonight|about it].", "With respect, I can't see anything wrong.")
        d.one("[Excuse me|I beg your pardon]? I want to [speak to|see] the manager.", "[That's too much|Unbelievable]! Get me the manager[, please|].", "In that case I'd rather talk to the manager.")
        d.two("The manager [isn't here tonight|has gone home]. [You could|You can] write an email.", "[I'm afraid|Sorry,] our manager is away until tomorrow.",
              "You'd have to come back tomorrow, as the manager is off today.")
        d.digress(0.2)
        d.one("[Then|Fine,] I'll write [a review|about this] online.", "[You|Then you] will read about this online[, believe me|].", "I see. Then I'll put it all in a review on the internet.")
        d.summary("{P1} complains that the {dish} {fault}, but {P2} sees nothing wrong and the manager is away. {P1} will write about it online.",
                  "{P1} is unhappy with the {dish}. {P2} doesn't take the complaint seriously, so {P1} asks for the manager, who isn't there.",
                  "{P2} doesn't accept {P1}'s complaint about the {dish}. {P1} wants to see the manager in vain and threatens to write about it online.",
                  "{P1}'s {dish} {fault}. As {P2} doesn't help and the manager isn't there, {P1} is going to complain online.")
    else:
        d.two("[I'll|Let me] ask the kitchen to make a new one. It will take [about|] {wait} again.", "I can order [another|a new] one, but it'd be {wait} again, [I'm afraid|sorry].",
              "We could do it again from scratch, only that would mean another wait of {wait}.")
        d.digress(0.2)
        d.one("Another {wait}? [No way|Certainly not]. We're [leaving|going].", "{wait} again? [Forget it|No, thank you]. We'll [eat somewhere else|go to the place next door].",
              "I'm not sitting here for another {wait}. We'll find a different place.")
        d.two("I [understand|can see why]. You don't have to pay for [anything|the drinks].", "[I'm truly sorry|I can't blame you]. The drinks are on us[, of course|].",
              "Then at least let me cancel the drinks. You won't pay a thing.")
        d.one("[Thanks|Thank you]. Goodbye.", "[Well, that's something|All right]. Good night.", "That's only right. Come on, everyone, get your coats.")
        d.summary("{P1} complains that the {dish} {fault}. A new one would take {wait}, so {P1} leaves the restaurant.",
                  "{P1}'s {dish} {fault}. {P1} doesn't want to wait another {wait} for a new one and goes without paying for the drinks.",
                  "{P2} can't bring {P1} another {dish} in less than {wait}, so {P1} decides to eat somewhere else.",
                  "{P1} is unhappy with the {dish} and leaves since a new one would take {wait}. {P2} doesn't charge for the drinks.")
    d.gist("A guest complains.", "The {dish} {fault}.", "There is something wrong with the {dish}.")


@scenario("cooking together", "a recipe", "cooking at home")
def cook_recipe(d: Draw) -> None:
    dish, missing, swap = d.pick(
        ("banana bread", "butter", "oil"), ("pancakes", "milk", "yoghurt"), ("vegetable curry", "coconut milk", "cream"),
        ("chocolate cake", "sugar", "honey"), ("mushroom risotto", "white wine", "lemon juice"), ("fish soup", "leeks", "onions"),
        ("apple pie", "cinnamon", "vanilla"), ("lasagne", "mozzarella", "cheddar"), ("potato salad", "mayonnaise", "sour cream"),
        ("dumplings", "pork", "mushrooms"),
    )
    d.set(dish=dish, missing=missing, swap=swap, guest=d.pick("my parents", "my sister", "the children", "my flatmates", "my grandmother", "my team"),
          time=d.clock(17, 20), eggs=d.count(2, 6), minutes=d.pick("25", "30", "35", "45", "50"), neighbour=d.other_name(),
          takeaway=d.pick("pizza", "sushi", "noodles", "kebabs", "Indian food", "Thai food"))
    outcome = d.pick("swap", "shop", "neighbour", "burnt")
    if outcome == "burnt":
        d.set(dish=d.pick("banana bread", "vegetable curry", "mushroom risotto", "lasagne", "apple pie", "beef stew", "chicken casserole"))

    if d.chance(0.5):
        d.one("[Hey|Hi], {name2}, [do you have time|are you free]? I'm making {dish} for {guest} and [need|could use] some help.",
              "[Can|Could] you help me in the kitchen, {name2}? I [want to make|promised to make] {dish} for {guest}.",
              "{name2}, you're a good cook. Would you help me with the {dish}? It's for {guest}.")
    else:
        d.one("I'm making {dish} for {guest} tonight. [Do you want to help|Will you help me]?",
              "{guest} [will be here|are coming] [tonight|for dinner], and I've promised {dish}. Can you [help|give me a hand]?"
              if d.facts["guest"] in ("my parents", "the children", "my flatmates") else
              "I've promised {dish} to {guest} [tonight|]. Can you [help|give me a hand]?",
              "Tonight I'm trying to make {dish} for {guest}, and I'm already getting nervous. Do you have a minute?")
    d.two("[Sure|Of course]. [What do I have to do|Where do we start]?", "[Gladly|With pleasure]. When do you want to eat?", "Cooking with you is always fun. What's the first step?")
    d.one("[We'll eat|Dinner is] at {time}. [Would you|Could you] [wash|get out] the bowls while I read the recipe?", "We have until {time}. [Take|Here, take] this apron first.",
          "It has to be on the table at {time}, so let's be quick. Put this apron on.")
    if d.chance(0.45):
        d.two("[Okay|Right]. How long does it take [in all|]?", "[Fine|Good]. And the cooking time?", "Done. How long do we need?")
        d.one("{minutes} minutes[, it says here|].", "The recipe says {minutes} minutes.", "If we believe the book, {minutes} minutes.")
    if outcome != "burnt":
        d.two("[So|Now], do [we|you] have everything?", "[Let me see|Okay]. What do we need?", "Let's check what's in the cupboard.")
        d.digress()
        d.one("[Let me think|Let me look]. [Oh no|Wait], there's no {missing}!", "Salt, pepper, a big spoon. [Oh dear|Hang on], I've forgotten the {missing}!",
              "I bought everything on the list except, oh how silly, the {missing}.")
    if outcome == "swap":
        d.two("[Don't worry|That's no problem]. [You can|We can] use {swap} instead.", "My [mother|aunt] always uses {swap}[ for that|]. It works just as well.",
              "Then take {swap}. I actually like it better that way.")
        d.one("{swap}? [Are you sure|Really]? [That sounds strange|I've never tried that].", "{swap} in {dish}? [Does that taste good|Won't that taste odd]?",
              "I don't know. The recipe says nothing about {swap}.")
        d.two("[Trust me|Believe me]. Nobody will notice.", "[I've done it|I do it] all the time.", "Try a little bit first, and you'll see.")
        d.one("[Okay|All right], let's [try it|do that]. You're the [expert|chef].", "[Fine|Well], I'll use the {swap}, then.", "On your own head be it! Pass me the {swap}.")
        d.summary("{P1} is making {dish} for " + d.facts["guest"].replace("my ", "{P1}'s ") + " but has no {missing}. {P2} suggests using {swap} instead, and {P1} agrees.",
                  "{P2} helps {P1} make {dish}. As there is no {missing}, they use {swap}.",
                  "{P1} has forgotten the {missing} for the {dish}. {P2} persuades {P1} to replace it with {swap}."
                  if missing not in ("leeks",) else "{P1} has forgotten the {missing} for the {dish}. {P2} persuades {P1} to use {swap}.",
                  "{P1} and {P2} are cooking {dish} and decide to take {swap} because the {missing} " + ("are" if missing == "leeks" else "is") + " missing.")
    elif outcome == "shop":
        d.two("The shop [on|at] the corner is still open. I [can|could] run over.", "[I'll go|Let me go] and buy some. The shop isn't far.", "Never mind, I'll pop out to the shop.")
        d.one("[Would you|You'd do that]? [Get|Then bring] {eggs} eggs as well[, please|].", "[You're an angel|Thank you]! We [also|still] need {eggs} eggs.",
              "That would be great. And {eggs} eggs while you're there, please.")
        d.two("{missing} and {eggs} eggs. [I'll be quick|I won't be long].", "[Okay|Sure], {eggs} eggs. I'll be back in [ten|five] minutes.", "{eggs} eggs, got it. Keep the stove warm!")
        d.one("[Great|Perfect]. I'll [chop|cut] the rest in the meantime.", "[Thanks|Thank you]. I'll get everything ready [here|].", "Take my umbrella, it looks like rain.")
        d.summary("{P1} can't finish the {dish} without {missing}. {P2} goes to the shop to buy some, and {eggs} eggs as well.",
                  "{P2} helps {P1} cook {dish} and will run to the shop for {missing} and {eggs} eggs.",
                  "{P1} has forgotten the {missing} for the {dish}, so {P2} offers to go to the shop. {P1} asks for {eggs} eggs, too.",
                  "As there is no {missing} for the {dish}, {P2} is going to the shop for {P1}.")
    elif outcome == "neighbour":
        d.two("[Ask|Why don't you ask] {neighbour} next door?", "{neighbour} [upstairs|across the hall] surely has some. Shall I ring?", "Maybe {neighbour} next door can lend us some.")
        d.one("[I don't know|Hmm]. I've already borrowed [so much|so many things] this week.", "{neighbour}? [I'm too shy|I'd be embarrassed]. We've hardly ever talked.",
              "Isn't it a bit rude to bother {neighbour} at this hour?")
        d.two("[Nonsense|Come on]. [Take|Just take] some {dish} over afterwards.", "[Just offer|You can offer] {neighbour} some {dish} later.", "Just promise a plate of {dish} as a thank-you.")
        d.one("[You're right|Okay]. I'll [go and ask|ring the bell].", "[That's fair|Good plan]. I'll go over right now.", "Everybody likes that. I'm on my way to ask, then.")
        d.summary("{P1} is making {dish} but has no {missing}. {P2} suggests asking {neighbour}, and {P1} will do that.",
                  "{P2} persuades {P1} to borrow {missing} from {neighbour} and to give {neighbour} some of the {dish}.",
                  "{P1} has forgotten the {missing} for the {dish}. {P1} hesitates, but then agrees to ask {neighbour} for some.",
                  "{P1} needs {missing} for the {dish} and is going to ask {neighbour}, who will get some {dish} in return.")
    else:
        d.two("[Okay|Right]. [Say|Tell me], what's that smell?", "[Wait|Hm]. Is something burning?", "Shouldn't you look at the stove? There's smoke over there.")
        d.digress(0.2)
        d.one("Oh no, the {dish}! I had the heat [too high|on full]. It's [completely|all] black!", "The {dish}! I [forgot all about|forgot to watch] it. It's burnt!",
              "Quick, open the window! I left the {dish} on the heat, and now it's ruined!")
        d.two("[Can we|Shall we] start again?", "[Don't cry|Don't panic]. We could [try again|make a new one].", "Is there enough left for a second try?")
        d.one("[No|I don't think so], they're coming at {time}." if d.facts["guest"] in ("my parents", "the children", "my flatmates") else "[No|I don't think so], there's not enough time [before|until] {time}.",
              "There's [no time|nothing left] for that. What do we do[ now|]?", "We'd never finish it in time. I could scream!")
        d.two("[Then|Well,] let's order {takeaway}.", "How about [ordering|getting] {takeaway}? Everybody likes that.", "Put your feet up, I'll order {takeaway} for everyone.")
        d.one("[Good|Okay], {takeaway} it is. And [not a word|don't tell] anyone about this!", "[You've saved me|What would I do without you]! Let's have {takeaway}.", "At least nobody can burn that. Go ahead.")
        d.summary("{P1} burns the {dish}, so {P2} suggests ordering {takeaway}, and {P1} agrees.",
                  "{P2} is helping {P1} in the kitchen when the {dish} burns. They will order {takeaway} instead.",
                  "{P1} wants to make {dish}, but it burns. There isn't time for a second try, so they get {takeaway}.",
                  "{P1}'s {dish} is burnt. {P2} comforts {P1} and proposes to order {takeaway}.")
    d.gist("Two people are cooking.", "They are making {dish} together.", "I'm making {dish} tonight.")
