"""Travel: hotels, stations, airports, the way to somewhere, and things left behind."""

from engine.builtin.grammar import Draw, scenario


@scenario("hotel check-in", "checking into a hotel", "hotel reservation")
def hotel_checkin(d: Draw) -> None:
    d.set(
        room=d.pick("double room", "single room", "twin room", "family room", "room with a sea view",
                    "room with a balcony", "room on the ground floor", "room with a bath"),
        nights=d.count(2, 7),
        time=d.clock(13, 17),
        price=d.money(70, 180),
        extra=d.pick("the pool", "the gym", "the sauna", "the roof terrace", "the garden bar", "the reading room"),
        reason=d.pick("a pipe has burst on that floor", "the last guests left late", "the carpet is still wet",
                      "the cleaners are running late", "the lock is being changed", "a light is being repaired"),
        sister=d.pick("Park Hotel", "Station Hotel", "Bridge Hotel", "Garden Inn", "Harbour House", "Castle Inn"),
        month=d.month(),
    )
    outcome = d.pick("ready", "wait", "missing", "full")

    d.one("[Hello|Good afternoon|Hi]. I've booked a {room} for {nights} nights. [The name is|It's under] {surname1}.",
          "[Hello|Good afternoon]. I have a reservation here, a {room}, {nights} nights. My name is {surname1}.",
          "[Hi|Good afternoon], we'd like to check in, please. {surname1}, for {nights} nights. It should be a {room}.",
          "We made it at last! There should be a {room} waiting for {surname1}, {nights} nights in all.")
    d.two("[Good afternoon|Welcome], {title1}. [One moment, please|Let me just look that up].",
          "[Hello|Welcome to our hotel], {title1}. Could I see your passport[, please|]?",
          "Good to have you with us. I'll just bring it up on the screen.")
    if d.chance(0.4):
        d.one("[Sure|Of course]. [We had|It was] a long drive, so I can't wait to lie down.",
              "Take your time. Is it always this [busy|quiet] here?",
              "No hurry. I've been on my feet since five this morning.")
        d.two("I [can imagine|understand]. It won't take a minute.", "I'll be as quick as I can.",
              "Nearly there. The computer is a bit slow today.")
    elif d.chance(0.5):
        d.one("[By the way|While you look], do guests pay extra for {extra}?", "Can we use {extra} [too|as well]?",
              "And what about {extra}? Is that included?")
        d.two("{extra} costs nothing extra for guests.", "[Yes|Of course], that's [included|free] for guests.",
              "You're welcome to use it any time. It comes with the room.")
    else:
        d.digress(0.6)
        d.one("[Is everything all right|Is there a problem]?", "Have you found [it|the booking]?",
              "You look worried. Did something go wrong?")
        d.two("[Just a second|Bear with me]. The page is still loading.", "[Nearly|Almost] there. Give me a second.",
              "I'm only checking the details, don't worry.")
    d.one("[Right|Okay]. [So|Well], can I have [my|the] key?", "[Thanks|Good]. Is the room ready?",
          "Thank you. Can I go straight up?")

    if outcome == "ready":
        d.two("[Yes|Indeed], your {room} is ready. Breakfast is served from 7:30 [downstairs|].",
              "Everything is in order. Here is the key to your {room}, and breakfast starts at 7:30.",
              "It's all ready for you, here is the key card to the {room}. We serve breakfast from 7:30 on.")
        d.one("[Wonderful|Great], thank you.", "[Perfect|Lovely]. See you at breakfast, then.",
              "That's just what I wanted to hear.")
        d.summary("{P1} checks in at a hotel for {nights} nights. {P2} gives {P1} the {room} and says breakfast starts at 7:30.",
                  "{P1} has booked a {room} for {nights} nights. The room is ready, and {P2} tells {P1} when breakfast is served.",
                  "{P2} checks {P1} in. The {room} {P1} reserved for {nights} nights is ready.",
                  "{P1} arrives at a hotel and can go straight to the {room} booked for {nights} nights. Breakfast is from 7:30.")
    elif outcome == "wait":
        d.two("I'm [sorry|afraid] not yet. {reason}, so [it will be ready|you can have it] at {time}.",
              "[There's a small problem|Not quite]: {reason}. We'll have your room ready at {time}.",
              "I have to ask you for a little patience. {reason}, and it won't be ready until {time}.")
        d.one("{time}? [Hmm|Oh]. What do I do with [my|all the] luggage?", "Oh no. And [where do I put|what about] my luggage?",
              "Then I need somewhere to put my luggage until {time}.")
        d.two("You can leave your luggage [here with us|at the desk] and have a coffee on the house.",
              "We'll look after your luggage. Please have a free coffee in the bar.",
              "Leave your luggage with me, and let me offer you a coffee for the trouble.")
        d.one("[Fine|All right], thank you.", "[That's kind of you|Okay]. See you [later|then].", "A coffee sounds good, actually.")
        d.summary("{P1} wants to check in, but the room won't be ready until {time} because {reason}. {P1} leaves the luggage at the hotel.",
                  "{P1} has booked a {room} for {nights} nights but has to wait until {time}. {P2} offers to keep the luggage and gives {P1} a free coffee.",
                  "{P2} tells {P1} that the {room} will only be ready at {time} because {reason}. {P2} offers {P1} a coffee.",
                  "{P1}'s hotel room isn't ready yet since {reason}. {P2} looks after {P1}'s luggage until {time}.")
    elif outcome == "missing":
        d.two("[I'm afraid|Sorry,] your booking is not for today. It says {month} here.",
              "I [did find|have found] you, but the booking is for {month}[, not for now|].",
              "Well, here it says that you are coming in {month}. Could that be a mistake?")
        d.one("{month}? [Oh no|Oh dear], I must have [clicked on|chosen] the wrong month. Do you have anything for tonight?",
              "That must be my mistake. [Is there|Have you got] any room left for tonight?",
              "How stupid of me! I typed in the wrong month. What can we do now?")
        d.two("[You're lucky|Let me see]. I have one {room} left, for {price} a night.",
              "I can still give you a {room}, but it costs {price} a night now.",
              "Don't worry, there's still a {room} free. The price today is {price} a night, though.")
        d.one("[I'll take it|That's fine]. Thank you so much.", "[Well|Okay], I'll take it. Serves me right.",
              "Then let's do that. I'll read more carefully next time.")
        d.summary("{P1} has booked a hotel room for {month} by mistake. {P2} offers {P1} a {room} for {price} a night, and {P1} takes it.",
                  "{P2} finds that {P1}'s booking is for {month}. {P1} takes a {room} at {price} a night instead.",
                  "{P1} tries to check in but chose the wrong month when booking. {P1} gets a {room} for {price} a night.",
                  "{P1}'s reservation turns out to be for {month}, so {P1} pays {price} a night for a {room} that is still free.")
    else:
        d.two("I'm [very|terribly] sorry, {title1}. We are overbooked [tonight|]. I have to send you to the {sister}.",
              "This is [embarrassing|awkward], but we've sold too many rooms. I've found you a place at the {sister}.",
              "I don't know how to say this. Somebody overbooked us, so I'd have to move you to the {sister}.")
        d.one("[You can't be serious|That's not acceptable]. I booked [weeks|months] ago!",
              "But I have a confirmation! [And how do I get there|Who pays for that]?",
              "After such a long day? You should have called me!")
        d.two("We'll pay for the taxi[, of course|], and your first night there is free.",
              "I know, and I apologise. The taxi is on us, and so is the first night.",
              "You are absolutely right. Let us pay for a taxi, and you won't be charged for the first night.")
        d.one("[All right|Well, okay]. Then [please call|get me] the taxi.", "[I'm not happy|I'm not pleased], but I [suppose I have|have] no choice.",
              "At least that's something. Let's go, then.")
        d.summary("{P1}'s hotel is overbooked. {P2} sends {P1} to the {sister} and pays for the taxi and the first night.",
                  "{P1} has booked a {room}, but the hotel is full. {P2} moves {P1} to the {sister} and offers a taxi and a free night.",
                  "{P2} apologises to {P1} because the hotel is overbooked. {P1} unwillingly agrees to go to the {sister}.",
                  "{P1} can't have the {room} {P1} reserved and has to go to the {sister} instead. {P2} pays for the taxi.")
    d.gist("Somebody wants to check in at a hotel.", "Booking of a {room} for {nights} nights.", "I've booked a {room} for {nights} nights.")


@scenario("asking for directions", "ask the way", "finding the way")
def ask_directions(d: Draw) -> None:
    d.set(
        place=d.pick("museum", "post office", "city library", "bus station", "town hall", "swimming pool", "art gallery",
                     "hospital", "football stadium", "university", "botanical garden"),
        landmark=d.pick("church", "bank", "petrol station", "supermarket", "fountain", "bakery", "school", "cinema", "old bridge"),
        side=d.pick("left", "right"),
        street=d.pick("Mill Road", "King Street", "Park Lane", "Station Road", "Bridge Street", "Church Lane", "Green Street"),
        minutes=d.pick("five", "six", "eight", "ten", "twelve", "fifteen", "twenty"),
        line=d.pick("number 4", "number 12", "number 26", "number 31", "number 58", "number 7"),
        stops=d.count(3, 8),
        appointment=d.pick("a friend is waiting for me", "I have an appointment", "I'm meeting my sister there",
                           "my tour starts soon", "my parents are there already"),
    )
    outcome = d.pick("walk", "bus", "stranger", "closed")
    if outcome == "closed":
        d.set(
            place=d.pick("museum", "post office", "city library", "swimming pool", "art gallery", "botanical garden", "town hall"),
            appointment=d.pick("it's going to rain", "I'd like to be there early", "I want to be there before lunch",
                               "I've never been there", "I've heard so much about it"),
        )

    d.one("Excuse me, [could you tell me the way|do you know the way|how do I get] to the {place}?",
          "[Sorry to bother you|Excuse me]. I'm looking for the {place}. Is it [far|near here]?",
          "[Pardon me|Hello], I think I'm lost. Where is the {place}[, please|]?",
          "Hi, do you happen to live around here? I've been walking in circles trying to find the {place}.")
    if d.chance(0.45):
        d.two("The {place}? The old one or the new one?", "The {place}? Do you mean the one on {street}?",
              "There are two of them, actually. Which {place} do you want?")
        d.one("[Oh, I didn't know that|Hmm]. The one on {street}, I think.", "The one on {street}, if [my map|this map] is right.",
              "My friend wrote down {street}, so it must be that one.")
    d.two("[Hm|Oh]. [Are you|Are you going] on foot?", "[Wait|Let me think]. Have you got a car?",
          "Hm, that depends. Are you walking?")
    d.one("Well, I don't have a car, and {appointment}.", "I came by train, so I'm on foot. And {appointment}.",
          "On foot, yes. I'm in a bit of a hurry because {appointment}.")

    if outcome == "walk":
        d.two("Go straight on [as far as|to] the {landmark} and turn {side}[ there|]. It's [about|some] {minutes} minutes on foot.",
              "It's easy. Walk down to the {landmark}, then turn {side}. It takes [about|] {minutes} minutes.",
              "Follow this road until you see {a landmark}. Turn {side} there, and you'll be at the door in {minutes} minutes.")
        d.digress()
        d.one("[So|Okay], {side} at the {landmark}. [Is that right|Have I got that right]?", "To the {landmark} and then {side}, [is that it|correct]?",
              "Let me repeat that: the {landmark}, and then {side}?")
        d.two("[Exactly|That's right]. You can't miss it.", "[Right|Correct]. [It's a big white building|You'll see a flag outside].",
              "You've got it. Just ask again if you get lost.")
        d.one("Thank you [very much|so much].", "[Thanks a lot|Great, thanks]. Have a nice day.", "You've saved my day. Goodbye!")
        d.summary("{P1} asks the way to the {place}. {P2} tells {P1} to turn {side} at the {landmark} and says it takes {minutes} minutes on foot.",
                  "{P2} gives {P1} directions to the {place}: to the {landmark} and then {side}.",
                  "{P1} is looking for the {place}. {P2} explains that it is {minutes} minutes away, {side} at the {landmark}.",
                  "{P2} tells {P1} how to walk to the {place}, which takes {minutes} minutes. {P1} has to turn {side} at the {landmark}.")
    elif outcome == "bus":
        d.two("[It's too far to walk|That's a long way]. Take the {line} bus [over there|across the street] and get off after {stops} stops.",
              "[I wouldn't walk|Don't walk], it takes an hour. The {line} bus goes there. It's {stops} stops.",
              "You'd better not walk that. Catch the {line} bus by the {landmark}, it's only {stops} stops from there.")
        d.digress()
        d.one("[So|Okay], {stops} stops. And where do I [get|buy] a ticket?", "The {line} bus. Can I pay the driver?",
              "A bus, all right. Do I need a ticket beforehand?")
        d.two("You can [buy one from|pay] the driver.", "The driver sells tickets, but [only for cash|no cards, please].", "Just tap your card when you get on.")
        d.one("[That's good to know|Good]. Thank you.", "[Thanks|Thank you] for your help.", "Then I'd better run, I think that's it coming now!")
        d.summary("{P1} asks {P2} the way to the {place}. It is too far to walk, so {P2} tells {P1} to take the {line} bus.",
                  "{P2} advises {P1} to take the {line} bus to the {place} and to get off after {stops} stops.",
                  "{P1} wants to go to the {place}. {P2} says {P1} should take the {line} bus for {stops} stops instead of walking.",
                  "{P1} is looking for the {place}, and {P2} explains that the {line} bus goes there in {stops} stops.")
    elif outcome == "stranger":
        d.two("[I'm sorry|I'm afraid] I'm not from here[ either|]. But [they will know|you could ask] at the {landmark}.",
              "To be honest, I'm a tourist [too|myself]. Why don't you ask somebody at the {landmark}?",
              "I'd love to help, but I only arrived yesterday. Try the {landmark} over there, somebody must know.")
        d.one("At the {landmark}? [Good idea|I'll try that]. [And sorry|Sorry] to have bothered you.",
              "[No problem|Never mind]. I'll ask at the {landmark}, then.",
              "What bad luck! Well, I'll go over to the {landmark}. Thanks all the same.")
        d.two("[Not at all|No trouble]. Good luck!", "[I hope|I'm sure] you find it.", "That's all right. Enjoy your day.")
        d.summary("{P1} asks the way to the {place}, but {P2} is not from the town and sends {P1} to the {landmark} to ask.",
                  "{P2} can't tell {P1} where the {place} is. {P1} will ask at the {landmark}.",
                  "{P1} is looking for the {place}. {P2} doesn't know the area and suggests asking at the {landmark}.",
                  "{P1} wants to know how to get to the {place}. {P2} is a stranger here too, so {P1} decides to ask at the {landmark}.")
    else:
        d.set(day=d.day())
        d.two("I can tell you, but it's [closed|shut] today. It [only opens|opens] again on {day}.",
              "[Oh|Hm], you won't have much luck. The {place} is closed until {day}.",
              "It's right behind the {landmark}. There's a sign on the door, though: closed until {day}.")
        d.one("Closed? [Are you sure|Really]? I [came|travelled] all this way!", "[Oh no|What a pity]. Why is [that|it closed]?",
              "You're joking! Nobody told me that.")
        d.two("They're [painting the walls|repairing the roof|mending the heating]. It was in the paper.",
              "[Some building work|Some repairs], I believe. I'm sorry.", "I walked past it this morning and read the notice.")
        d.one("[Then|Well,] I'll come back on {day}. Thank you for telling me.", "[Thanks|Thank you] for the warning. I'll try again on {day}.",
              "It'll have to be {day}, then. At least I haven't walked any further.")
        d.summary("{P1} asks the way to the {place}, but {P2} says it is closed until {day}. {P1} will come back then.",
                  "{P2} tells {P1} that the {place} is closed. {P1} will return on {day}.",
                  "{P1} wants to go to the {place}. {P2} warns {P1} that it doesn't open again until {day}.",
                  "{P1} is disappointed to hear from {P2} that the {place} is closed and plans to come again on {day}.")
    d.gist("Someone is lost.", "The way to the {place}.", "I'm looking for the {place}.")


@scenario("buying a train ticket", "train travel", "at the station")
def train_ticket(d: Draw) -> None:
    city = d.pick("Leeds", "Bristol", "Oxford", "Vienna", "Lyon", "Boston", "Glasgow", "Milan", "Madrid", "York", "Hamburg")
    change = d.pick("Newtown", "Ashford", "Westbridge", "Milton", "Kingsford", "Redhill")
    d.set(
        city=city, change=change, time=d.clock(8, 12), later=d.clock(13, 18), price=d.money(20, 95), cheap=d.money(8, 18, 1),
        platform=d.pick("platform 2", "platform 3", "platform 5", "platform 6", "platform 9", "platform 11"),
        cause=d.pick("a tree on the line", "engine trouble", "a signal failure", "the snow", "a strike", "a broken rail"),
        event=d.pick("a job interview", "a wedding", "my sister's birthday", "a concert", "a trade fair", "a doctor's appointment"),
        minutes=d.pick("20 minutes", "30 minutes", "40 minutes", "50 minutes"),
    )
    outcome = d.pick("bought", "delayed", "cancelled", "cheaper")
    if outcome == "cheaper":
        d.set(event=d.facts["event"] + " tomorrow")

    d.two("Next, please. [Where would you like to go|What can I do for you]?", "[Good morning|Hello]. Can I help you?",
          "Who's next? Yes, please.")
    d.one("[Hello|Good morning]. [A ticket|One ticket] to {city} for the {time} train, please.",
          "I'd like to go to {city}, please, on the train at {time}.",
          "[Good morning|Hi]. I need [a ticket|one ticket] to {city}. I [want|would like] to take the train at {time}.",
          "Is there still a seat on the {time} train to {city}?")
    if d.chance(0.45):
        d.two("[Single or return|One way or return]?", "Do you want to come back today[ as well|]?", "Do you want a return as well?")
        d.one("[Single|One way], please.", "Just one way[, thank you|]. I'm coming back by car.",
              "Only there, please. I'm staying with a friend afterwards.")
    d.two("[First or second class|First class or second class]?", "[And would|Would] you like first or second class?", "Which class would you like?")
    d.one("[Second class|Second], please. It's for {event}.", "Second[, please|]. I [only need|just want] to be there in time for {event}.",
          "Whatever you have in second. I just mustn't miss {event}.")

    if outcome == "bought":
        d.two("That's {price}, then. It [leaves|goes] from {platform}.", "Here [it is|you are]: {price}, please. {platform}.",
              "Of course. I'll need {price} from you, and you'll find the train at {platform}.")
        d.one("Do I [need|have] to change?", "Is it direct, or do I [have to|need to] change [trains|somewhere]?", "And will it take me all the way?")
        d.two("You [change|have to change] at {change}.", "Yes, at {change}[, but there's plenty of time|].",
              "Not quite. You get off at {change} and cross over to the other train.")
        d.digress(0.2)
        d.one("{change}. [Thank you|All right, thanks].", "[Fine|Good], I'll remember that. Thanks.", "I'll try not to fall asleep before {change}, then.")
        d.summary("{P1} buys a train ticket to {city} for {price} from {P2}. {P1} has to change at {change}.",
                  "{P2} sells {P1} a ticket to {city} for {price}. The train goes from {platform}, and {P1} has to change at {change}.",
                  "{P1} pays {price} for the {time} train to {city} and learns from {P2} to change at {change}.",
                  "{P1} wants to go to {city} at {time}. {P2} gives {P1} a ticket for {price} and says the train leaves from {platform}.")
    elif outcome == "delayed":
        d.two("[I should tell you|Just so you know], the {time} train is {minutes} late because of {cause}.",
              "[I'm afraid|Unfortunately,] that train is delayed by {minutes}. It's {cause}, I hear.",
              "Before you pay: with {cause} today, everything to {city} is running {minutes} late.")
        d.one("{minutes}? [Oh dear|Oh no]. Will I still make it[ on time|]?", "[That's annoying|Not again]! Is there [another|no other] train?",
              "Just my luck! Is there anything faster?")
        d.two("[It's|That is] still the fastest way, I'm afraid.", "There's nothing [earlier|quicker], no. It's {price}, if you still want the ticket.",
              "I'd take it all the same. Even the coach would get there later.")
        d.one("[All right|Okay]. I'll take it and [call them|tell them I'll be late].", "Then I'll take the ticket and ring to say I'll be late.",
              "Fine, give me the ticket. I'd better send a message that I'm running late.")
        d.summary("{P1} wants to take the {time} train to {city}, but {P2} says it is {minutes} late because of {cause}. {P1} takes it anyway.",
                  "{P2} tells {P1} that the train to {city} is delayed by {minutes} due to {cause}. {P1} still decides to take it.",
                  "The train to {city} is {minutes} late because of {cause}. {P1} buys the ticket all the same as there's no faster way.",
                  "{P1} buys a ticket to {city} from {P2} although the train will be {minutes} late.")
    elif outcome == "cancelled":
        d.two("[I'm sorry|I'm afraid], the {time} train is cancelled because of {cause}. The next one [goes|is] at {later}.",
              "That one has been cancelled, I'm [sorry|afraid], because of {cause}. You can take the one at {later}.",
              "Haven't you heard the announcement? With {cause}, that train isn't running. There's another one at {later}.")
        d.one("At {later}? [That's too late|I can't wait that long]. I'd [miss everything|be much too late].", "That's [no good|no use] to me. I have to be there before that.",
              "By then it will all be over! What else can I do?")
        d.two("There's [also|always] the coach [outside|] for {cheap}. It leaves in {minutes}.", "You could take the coach [then|]. {cheap}, and it leaves in {minutes}.",
              "Some people are taking the coach. It goes from the car park in {minutes} and costs {cheap}.")
        d.digress(0.2)
        d.one("[Then|All right,] I'll take the coach. Thanks.", "The coach [it is|will do], then. Thank you.", "I'd better get myself on that coach. Where is the car park?")
        if d.chance(0.5):
            d.two("[Have a good trip|Good luck]!", "[Through that door|Out there] and to the left. Have a good journey.", "Straight through the main hall. Sorry again.")
        d.summary("The {time} train to {city} is cancelled because of {cause}, so {P1} takes the coach.",
                  "{P2} tells {P1} that the train to {city} has been cancelled. {P1} can't wait until {later} and takes the coach for {cheap}.",
                  "{P1} wants a ticket to {city}, but the train isn't running because of {cause}. {P1} will go by coach instead.",
                  "{P1}'s train to {city} is cancelled. As the next one at {later} is too late, {P1} decides on the coach, which leaves in {minutes}.")
    else:
        d.two("The {time} train [costs|is] {price}. But if you can wait, the one at {later} is only {cheap}.",
              "[At that time|For that one], it's {price}. The {later} train is [much cheaper|cheaper], just {cheap}.",
              "You'd pay {price} for that one. Take the slow train at {later} and it's {cheap}. It's up to you.")
        d.one("Only {cheap}? [What's the catch|Why is that]?", "[Really|Wow]? How long does [the later one|that one] take?", "What a difference! Is it much slower?")
        d.two("It takes [an hour longer|longer] and stops [everywhere|in every village].", "It's [after the rush hour|outside the rush hour], and it stops in every village.",
              "It's slower, of course, but there's [a nice view|a lovely view] of the sea.")
        d.digress(0.2)
        d.one("I [don't mind|have time]. I'll take the one at {later}.", "[Okay|Good], give me the {later} train, please. I'll [have lunch|have a coffee] first.",
              "For that price I can wait. Put me on the {later} one.")
        d.summary("{P1} wants to go to {city} at {time}, but takes the train at {later} because it costs only {cheap}.",
                  "{P2} tells {P1} that the later train to {city} is cheaper. {P1} buys a ticket for {cheap} instead of {price}.",
                  "{P1} decides to take the slower train to {city} at {later}, which costs {cheap} instead of {price}.",
                  "{P2} suggests a cheaper train to {city}. {P1} doesn't mind waiting until {later} and pays {cheap}.")
    d.gist("Someone needs a train ticket.", "A ticket to {city} for the {time} train.", "I want to go to {city} by train.")


@scenario("airport check-in", "luggage at the airport", "overweight luggage")
def airport_checkin(d: Draw) -> None:
    limit = d.pick(20, 23, 25, 30)
    over = d.number(2, 6)
    city = d.pick("Lisbon", "Tokyo", "Toronto", "Athens", "Cairo", "Dublin", "Prague", "Singapore", "Rome", "Chicago")
    d.set(
        city=city, limit=f"{limit} kilos", weight=f"{limit + over} kilos", fee=d.money(30, 90, 10),
        gate=d.pick("gate 4", "gate 7", "gate 12", "gate 18", "gate 23", "gate 31", "gate 40"),
        time=d.clock(9, 18), heavy=d.pick("books", "shoes", "wine", "camera gear", "presents", "tools", "jam", "cheese"),
        seat=d.pick("window seat", "aisle seat"), forbidden=d.pick("a penknife", "scissors", "a screwdriver", "a gas cartridge", "spray paint", "a bottle of bleach"),
    )
    outcome = d.pick("fine", "pay", "repack", "forbidden")

    if d.chance(0.5):
        d.one("[Good morning|Hello]. [Am I right here|Is this the right desk] for {city}?", "Is this [the check-in|where I check in] for {city}?",
              "Hello, is this finally the desk for {city}?")
        d.two("[Yes, it is|That's right]. [Your passport|May I see your passport], please.", "[You're in the right place|It is]. Passport and ticket, please.",
              "Yes, at last! Let me take your passport.")
        d.one("[Here it is|Here you are].", "[Of course|Sure]. I've got the ticket on my phone as well.", "It's in here somewhere. There!")
    else:
        d.one("[Hello|Good morning]. I'm flying to {city}[ today|].", "[Hi|Hello], I'd like to check in for [the flight to|] {city}.",
              "Good day. Here's my passport. I'm going to {city}.")
    d.two("Thank you, {title1}. Would you [like|prefer] {a seat}?", "[Thanks|Fine], {title1}. There's {a seat} free. [Would you like it|Do you want that]?",
          "Let me see, {title1}. I could give you {a seat}, if you want one.")
    d.one("[Yes, please|That would be nice]. [It's a long flight|I sleep better there].", "[Great|Lovely], thank you.", "If you can do that, I'd be delighted.")
    d.two("[How many bags do you have|Do you have any bags] to check in?", "[And|Now] your luggage, please. Put it on the belt.", "Good. And what is going in the hold?")
    d.digress()
    d.one("Just [one suitcase|this suitcase].", "[Only this one|Just this one]. I hope it isn't too heavy.", "One suitcase. It took two of us to close it.")

    if outcome == "fine":
        d.two("That's [exactly|] {limit}, so no problem. You board at {gate} at {time}.", "{limit}. [Perfect|Just right]. Boarding is at {time}, {gate}.",
              "It's {limit} on the dot, well done! Please be at {gate} by {time}.")
        d.one("[So that's|You said] {gate}. Thank you.", "[Good|Great]. {gate}. Thank you very much.", "What a relief. Off to {gate}, then!")
        d.summary("{P1} checks in for a flight to {city}. {P2} tells {P1} to board at {gate} at {time}.",
                  "{P2} checks {P1} in for {city} and gives {P1} {a seat}. The suitcase weighs {limit}, which is allowed.",
                  "{P1} is flying to {city}. The luggage is not too heavy, and {P1} has to be at {gate} at {time}.",
                  "{P1} checks in a suitcase for {city} without any problem. {P2} gives {P1} {a seat} and says boarding is at {gate}.")
    elif outcome == "pay":
        d.two("It's {weight}. [You're only allowed|The limit is] {limit}, [I'm afraid|sorry]. That's an extra {fee}.",
              "Hm, {weight}. [The limit is {limit}|Only {limit} are free]. You'll have to pay {fee} for the rest.",
              "The scale says {weight}, and you may only take {limit}. I'd have to charge you {fee}.")
        d.one("{fee}? Just for [some|the] {heavy}?", "[That's a lot|That much]! It's only [because of|] my {heavy}!",
              "That's more than all the {heavy} in there cost me!")
        d.two("[Those are the rules|I don't make the rules]. [You can|You could] take something out.", "[I'm sorry|Sorry]. Or would you like to unpack something?",
              "I understand, but I can't let it through for free. You may leave something behind, of course.")
        d.one("[No|No, no], I'll pay. [Do you take cards|Here's my card].", "[Never mind|Forget it], I'll pay the {fee}.", "There's no time for that. Take my card.")
        d.summary("{P1}'s suitcase is too heavy for the flight to {city}. {P1} pays {fee} extra.",
                  "{P2} tells {P1} that the luggage weighs {weight} while only {limit} are allowed. {P1} agrees to pay {fee}.",
                  "{P1} checks in for {city} with {heavy} in the suitcase and has to pay {fee} because it is too heavy.",
                  "{P1} wants to fly to {city} with {weight} of luggage. {P2} charges {fee} for the extra weight.")
    elif outcome == "repack":
        d.two("It's {weight}. [You're only allowed|The limit is] {limit}, [I'm afraid|sorry]. That would be {fee}.",
              "{weight}! [The limit is {limit}|Only {limit} are free], so that's {fee} extra.",
              "I'm afraid it shows {weight}, and your ticket covers {limit}. It'd cost you {fee}.")
        d.one("{fee}? [Oh no|No way]. [Can I|May I] put the {heavy} in my hand luggage?",
              "I'm not paying {fee}! What if I carry the {heavy} [on board|with me]?",
              "What if I took the {heavy} out and kept them with me? I don't want to pay {fee}."
              if d.facts["heavy"] in ("books", "shoes", "presents", "tools") else
              "Could I take the {heavy} out and keep that with me? I don't want to pay {fee}.")
        if d.facts["heavy"] in ("wine", "jam", "tools"):
            d.two("[I'm sorry|No], that's not allowed [on board|in the cabin]. Is somebody here with you?", "You can't take {heavy} into the cabin. Did anyone come to see you off?",
                  "Security would take the {heavy} away. Did somebody drive you here?")
            d.one("My [brother|sister|father] is [still|] here. I'll leave the {heavy} at home, then.", "[Yes|Well, yes], a friend. I'll leave the {heavy} with my friend.",
                  "My neighbour is waiting outside. All right, the {heavy} will have to stay behind.")
            d.summary("{P1}'s luggage for {city} is too heavy. {P1} doesn't want to pay {fee} and leaves the {heavy} behind.",
                      "{P2} wants to charge {P1} {fee} because the suitcase weighs {weight}. {P1} takes the {heavy} out and leaves them behind."
                      if d.facts["heavy"] == "tools" else
                      "{P2} wants to charge {P1} {fee} because the suitcase weighs {weight}. {P1} takes the {heavy} out and leaves it behind.",
                      "{P1} is flying to {city} with a suitcase of {weight}. To avoid the fee of {fee}, {P1} leaves the {heavy} behind.",
                      "{P1} can't take the {heavy} on the flight to {city} without paying {fee}, so the {heavy} will stay behind.")
        else:
            d.two("[Of course|Yes], [that's fine|you can do that]. [Please step aside|Take your time].", "[Sure|If it fits], go ahead. Come [straight|] back to me when you're done.",
                  "By all means. You can unpack over there.")
            d.one("[Thanks|Thank you]. I'll be [right back|quick].", "[Great|Good]. Give me [five|two] minutes.", "Lucky I brought an empty bag.")
            d.summary("{P1}'s suitcase for {city} is too heavy. {P1} puts the {heavy} in the hand luggage to save {fee}.",
                      "{P2} wants to charge {P1} {fee} because the suitcase weighs {weight}. {P1} will carry the {heavy} on board instead.",
                      "{P1} is flying to {city} with a suitcase of {weight}. {P2} allows {P1} to move the {heavy} to the hand luggage.",
                      "{P1} moves the {heavy} from the suitcase to the hand luggage because {P1} doesn't want to pay {fee}.")
    else:
        d.two("The weight is fine. Is there anything dangerous in your hand luggage? [{forbidden}, for example|Like {forbidden}]?",
              "[Good|Fine]. [One more question|And one last question]: are you carrying {forbidden} or anything like that in your hand luggage?",
              "No trouble there. You don't have {forbidden} on you, do you?")
        d.one("[Oh|Hm], there is {forbidden} in my rucksack, [actually|now that you ask]."
              if d.facts["forbidden"] != "scissors" else "[Oh|Hm], there are scissors in my rucksack, [actually|now that you ask].",
              "[Well, yes|Actually, yes]. [Is that|Isn't that] allowed?", "Funny you should ask. Yes, right here in my rucksack.")
        if d.facts["forbidden"] in ("a gas cartridge", "spray paint", "a bottle of bleach"):
            d.two("[I'm afraid|Sorry,] you can't fly with that. You have to leave it here.", "That's [forbidden|not allowed] on any flight. [Please hand it over|You must leave it here].",
                  "That can't go on the plane at all. There's a box for such things behind you.")
            d.one("[All right|Okay], I'll leave it here.", "[Fine|Well], then it stays here.", "Too bad. Into the box it goes, then.")
            d.summary("{P1} checks in for {city}. {P2} says {forbidden} can't go on the plane, so {P1} leaves it behind.",
                      "{P2} tells {P1} that {P1} can't fly to {city} with {forbidden}. {P1} agrees to leave it at the airport.",
                      "{P1} is carrying {forbidden} and has to leave it at the airport before flying to {city}.",
                      "{P1} wants to take {forbidden} on a flight to {city}. {P2} doesn't allow it, and {P1} gives it up.")
        else:
            d.two("You [can't|mustn't] take that into the cabin. [Please put|Put] it in the suitcase.", "Then move it to [your|the] suitcase, please, [or security will take it|before I send it off].",
                  "That has to travel in the suitcase. You can still open it now.")
            d.one("[All right|Okay], I'll put it in [there|the suitcase].", "[Good that you asked|Thanks for telling me]. I'll do it [now|right away].", "Then let me fight with that zip again.")
            d.summary("{P1} checks in for {city}. {P2} tells {P1} to put {forbidden} in the suitcase.",
                      "{P2} says {P1} can't take {forbidden} into the cabin on the flight to {city}. {P1} moves it to the suitcase."
                      if d.facts["forbidden"] != "scissors" else
                      "{P2} says {P1} can't take scissors into the cabin on the flight to {city}. {P1} moves them to the suitcase.",
                      "{P1} is carrying {forbidden} and has to pack it in the suitcase before flying to {city}."
                      if d.facts["forbidden"] != "scissors" else
                      "{P1} is carrying scissors and has to pack them in the suitcase before flying to {city}.",
                      "{P1} wants to fly to {city} with {forbidden} in the hand luggage, but {P2} doesn't allow that, so it goes in the suitcase."
                      if d.facts["forbidden"] != "scissors" else
                      "{P1} wants to fly to {city} with scissors in the hand luggage, but {P2} doesn't allow that, so they go in the suitcase.")
    d.gist("Someone is at the airport.", "A flight to {city} with one suitcase.", "I'm flying to {city} today.")


@scenario("lost property", "looking for a lost item", "something left on the bus")
def lost_property(d: Draw) -> None:
    item, inside = d.pick(
        ("rucksack", "a laptop"), ("handbag", "my purse"), ("violin case", "the violin"), ("camera bag", "three lenses"),
        ("sports bag", "my running shoes"), ("blue suitcase", "all my clothes"), ("briefcase", "some contracts"),
        ("shopping bag", "a birthday present"),
    )
    day = d.day()
    d.set(
        item=item, inside=inside, day=day, wrong=d.day(day), time=d.clock(8, 17), fee=d.money(5, 20),
        where=d.pick("the number 9 bus", "the airport train", "the 52 bus", "the ferry", "the 17 bus", "the tram to the zoo", "the metro"),
        mark=d.pick("a red ribbon on the handle", "a yellow star on the side", "a name tag", "a small hole in one corner",
                    "a football sticker on it", "a green strap", "a broken zip"),
        phone=d.pick("555 0134", "555 0172", "555 0119", "555 0188", "555 0156", "555 0147"),
    )
    outcome = d.pick("found", "form", "elsewhere")

    d.two("[Lost property office|Lost and found]. [How can I help you|What can I do for you]?", "[Good morning|Hello], you're speaking to the lost property office.",
          "Lost property, good day. Tell me what you've lost.")
    d.one("[Hello|Good morning]. I [left|think I left] my {item} on {where}[ this week|].", "Hello. I'm calling about {a item}. I left it on {where}.",
          "It's my {item}. I got off {where} without it, can you believe that?")
    d.two("[I see|Oh dear]. When [was that|did that happen]?", "[That happens|Don't worry, it happens a lot]. Which day [was it|was that]?", "Oh no. Can you remember when?")
    if d.chance(0.4):
        d.one("On {wrong}. No, [sorry|wait], it was {day}, [around|at about] {time}.", "It must have been {wrong}, or no, {day}. Yes, {day}, at {time}.",
              "Let me think. Not {wrong}, that was the dentist. {day}, at around {time}.")
    else:
        d.one("[On|Last] {day}, at [about|around] {time}.", "It was {day}, [about|around] {time}.", "I was on my way home, so {day} at roughly {time}.")
    d.two("[What's|What was] in it?", "Was there anything [valuable|important] inside?", "And what did you have in there?")
    d.one("{inside}, [mainly|mostly]. And it has {mark}." , "{inside}! I really need to have it back. You'll know it by {mark}.",
          "Among other things, {inside}. You can't mix it up, it's got {mark}.")
    d.two("[Hold on|One moment], please. I'll go and look.", "With {mark}, [okay|good]. Let me check the shelves.", "Give me a minute, I'll ask my colleague.")
    d.digress(0.25)
    d.one("[Thank you|Thanks]. I'll [wait|hold].", "[Thank you so much|Okay]. I'm keeping my fingers crossed.", "I'd be ever so grateful.")

    if outcome == "found":
        d.two("[Good news|You're in luck]! [It's here|We have it]. You can [pick it up|collect it] until six, for a fee of {fee}.",
              "[Are you still there|Hello]? We've got it! There's a fee of {fee} when you come to collect it.",
              "Somebody handed it in yesterday, and it's sitting right here. It'll cost you {fee} to get it back.")
        d.one("[Thank goodness|What a relief]! I'll [come|be there] this afternoon.", "[Fantastic|Oh, wonderful]! I'll pay that gladly. See you this afternoon.",
              "You've made my day! I'm coming over this afternoon.")
        d.summary("{P1} left a {item} on {where} on {day}. {P2} has found it, and {P1} will collect it for a fee of {fee}.",
                  "{P1} calls the lost property office about a {item}. {P2} has it, and {P1} will pick it up this afternoon.",
                  "{P2} tells {P1} that the {item} {P1} lost on {day} has been found. {P1} has to pay {fee}.",
                  "{P1}'s {item}, lost on {where}, is at the lost property office. {P1} will come for it this afternoon and pay {fee}.")
    elif outcome == "form":
        d.two("[I'm sorry|Unfortunately], there's [nothing here|nothing like that here] yet. Can you leave me a phone number?", "[No luck yet|No], I'm afraid not. Give me your number, and I'll call you if it turns up.",
              "I looked twice, and it isn't here. Perhaps it comes in later. How can I reach you?")
        d.one("[Oh no|What a pity]. My number is {phone}.", "[It's|You can use] {phone}. Please call any time.", "That's sad. You can ring me on {phone}.")
        d.two("{phone}. [All right|Fine], we'll [be in touch|call you].", "[Got it|Thank you]. We'll ring you as soon as we have it.", "I've written it down. Don't give up hope, most things come back.")
        d.summary("{P1} left a {item} on {where} on {day}. It hasn't been found yet, so {P1} leaves the number {phone}.",
                  "{P1} calls the lost property office about a {item}. {P2} doesn't have it but will call {P1} if it turns up.",
                  "{P2} can't find the {item} {P1} lost on {day} and takes down {P1}'s phone number, {phone}.",
                  "{P1}'s {item}, lost on {where}, isn't at the office. {P2} will ring {phone} when it comes in.")
    else:
        d.set(office=d.pick("the main station", "the harbour", "the town hall", "the central bus depot", "the police station"))
        d.two("[It isn't here|We don't have it]. [But things|Things] from {where} go to the office at {office}.", "You've called the wrong office, I'm afraid. For {where} you have to go to {office}.",
              "My colleague says that everything from {where} ends up at {office}, not here.")
        d.one("At {office}? [Can I call them|Do they have a number]?", "[Oh|I see]. [Do you know|Can you tell me] their number?", "So I have to ask at {office}. Could I ring them first?")
        d.two("[Yes|Of course], it's {phone}.", "[They're on|Their number is] {phone}. Good luck!", "Do that. Write this down: {phone}.")
        d.one("[Thank you|Thanks]. I'll [try them|call them] right away.", "{phone}. [Got it|Thanks a lot]. I'll call now.", "Perfect. I'll ring the moment we hang up.")
        d.summary("{P1} left a {item} on {where}. {P2} doesn't have it and tells {P1} to ask at {office}.",
                  "{P1} calls about a {item} lost on {day}. {P2} says it would be at {office} and gives {P1} the number {phone}.",
                  "{P2} can't help {P1} find the {item} because things from {where} go to {office}. {P1} will call there.",
                  "{P1} is looking for a {item}. {P2} sends {P1} to {office}, and {P1} will ring {phone} right away.")
    d.gist("Someone lost a bag.", "{a item} was left on {where}.", "I left my {item} on {where}.")
