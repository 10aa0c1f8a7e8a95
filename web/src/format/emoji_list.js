// The emoji that can be picked and completed: one a line, its `:name:`, and other words by which it is found. Loaded only
// when somebody wants one.

export const EMOJI_GROUPS = [
  [
    'Faces',
    `
😀 grinning happy
😃 smiley happy
😄 smile happy laugh
😁 grin teeth
😆 laughing lol
😅 sweat_smile phew
😂 joy tears laugh lol
🤣 rofl laugh lol
🙂 slight_smile
🙃 upside_down silly
😉 wink
😊 blush pleased
😇 innocent angel
🥰 smiling_hearts love
😍 heart_eyes love
🤩 star_struck wow
😘 kissing_heart kiss
😋 yum tasty
😛 tongue
😜 winking_tongue silly
🤪 zany crazy
🤑 money_face rich
🤗 hug
🤭 giggle oops
🤫 shush quiet secret
🤔 thinking hmm
🤐 zipper_mouth secret
🤨 raised_eyebrow doubt
😐 neutral meh
😑 expressionless meh
😶 no_mouth speechless
😏 smirk
😒 unamused
🙄 rolling_eyes
😬 grimacing awkward
😌 relieved calm
😔 pensive sad
😴 sleeping tired zzz
😷 mask ill
🤒 thermometer ill fever
🤕 bandaged hurt
🤢 nauseated sick
🤧 sneezing cold
🥵 hot
🥶 cold freezing
🥴 woozy dizzy
😵 dizzy_face
🤯 exploding_head mind blown
🤠 cowboy
🥳 partying celebrate party
😎 sunglasses cool
🤓 nerd
🧐 monocle inspect
😕 confused
😟 worried
🙁 slight_frown sad
😮 open_mouth wow surprised
😲 astonished surprised
😳 flushed embarrassed
🥺 pleading please
😦 frowning
😨 fearful scared
😰 anxious sweat
😥 disappointed_relieved
😢 cry sad tear
😭 sob cry loud
😱 scream shock
😖 confounded
😞 disappointed sad
😩 weary tired
😫 tired
🥱 yawning bored tired
😤 triumph huff
😡 rage angry
😠 angry
🤬 swearing curse
😈 smiling_imp devil
💀 skull dead
💩 poop
🤡 clown
👻 ghost boo
👽 alien
🤖 robot bot
🙈 see_no_evil monkey
🙉 hear_no_evil monkey
🙊 speak_no_evil monkey`,
  ],
  [
    'Hands and people',
    `
👍 +1 thumbsup yes good like
👎 -1 thumbsdown no bad dislike
👌 ok_hand fine perfect
✌️ victory peace
🤞 crossed_fingers luck
🤟 love_you
🤘 metal rock
🤙 call_me
👈 point_left
👉 point_right
👆 point_up
👇 point_down
☝️ index_up
✋ raised_hand stop high five
👋 wave hello bye hi
🤚 back_of_hand
🖖 vulcan spock
👏 clap applause bravo
🙌 raised_hands hooray praise
👐 open_hands
🤲 palms_up
🤝 handshake deal agree
🙏 pray thanks please
✍️ writing
💪 muscle strong
👀 eyes look watching
👁️ eye
🧠 brain
👶 baby
🧑 person
🙋 raising_hand question
🤷 shrug dunno whatever
🤦 facepalm
🙅 no_gesture
🙆 ok_gesture
💁 tipping_hand
🙇 bow sorry
🏃 runner run
🚶 walking
💃 dancer dance
🕺 man_dancing dance
👩‍💻 technologist_woman coder
👨‍💻 technologist_man coder
🧙 mage wizard
🦸 superhero
🧟 zombie
👑 crown king queen`,
  ],
  [
    'Hearts and signs',
    `
❤️ heart love red
🧡 orange_heart
💛 yellow_heart
💚 green_heart
💙 blue_heart
💜 purple_heart
🖤 black_heart
🤍 white_heart
💔 broken_heart
💖 sparkling_heart
💯 100 hundred perfect
💥 boom collision
💫 dizzy star
💦 sweat_drops
💨 dash wind
💤 zzz sleep
✅ check done yes
✔️ heavy_check done
❌ x no cross wrong
❓ question
❗ exclamation important
⚠️ warning
🚫 prohibited forbidden
⛔ no_entry
♻️ recycle
➕ plus add
➖ minus
➡️ arrow_right
⬅️ arrow_left
⬆️ arrow_up
⬇️ arrow_down
🔁 repeat again
🆗 ok
🆕 new
🔴 red_circle
🟢 green_circle
🟡 yellow_circle
🔵 blue_circle
🏳️‍🌈 rainbow_flag pride
🏁 finish_flag`,
  ],
  [
    'Nature',
    `
🐶 dog
🐱 cat
🐭 mouse_animal
🐰 rabbit
🦊 fox
🐻 bear
🐼 panda
🐨 koala
🦁 lion
🐮 cow
🐷 pig
🐸 frog
🐵 monkey
🐔 chicken
🐧 penguin linux
🐦 bird
🦆 duck
🦉 owl
🦄 unicorn
🐝 bee
🐛 bug caterpillar
🦋 butterfly
🐌 snail slow
🐞 ladybug
🐢 turtle slow
🐍 snake python
🐙 octopus
🦀 crab rust
🐬 dolphin
🐳 whale docker
🐘 elephant
🦔 hedgehog
🌸 blossom flower
🌹 rose
🌻 sunflower
🌱 seedling plant grow
🌲 evergreen tree
🌵 cactus
🍀 clover luck
🍁 maple_leaf autumn
🍄 mushroom
🌍 earth world globe
🌙 moon night
⭐ star
🌟 glowing_star
✨ sparkles shiny new
⚡ zap lightning fast
🔥 fire hot lit
🌈 rainbow
☀️ sun sunny
⛅ partly_sunny
☁️ cloud
🌧️ rain
❄️ snowflake cold winter
⛄ snowman
🌊 wave_water sea`,
  ],
  [
    'Food and drink',
    `
🍎 apple
🍌 banana
🍉 watermelon
🍇 grapes
🍓 strawberry
🍒 cherries
🍑 peach
🍍 pineapple
🥑 avocado
🍅 tomato
🌶️ hot_pepper chili
🥕 carrot
🌽 corn
🥔 potato
🍞 bread
🥐 croissant
🧀 cheese
🥚 egg
🍳 cooking egg
🍔 burger
🍟 fries
🍕 pizza
🌭 hotdog
🌮 taco
🍜 ramen noodles
🍝 spaghetti pasta
🍣 sushi
🍦 ice_cream
🍩 doughnut
🍪 cookie
🎂 birthday_cake
🍰 cake
🍫 chocolate
🍿 popcorn
☕ coffee tea
🍵 tea
🍺 beer
🍻 beers cheers
🥂 champagne cheers toast
🍷 wine
🍸 cocktail`,
  ],
  [
    'Things and places',
    `
🎉 tada party hooray celebrate
🎊 confetti party
🎈 balloon
🎁 gift present
🏆 trophy win
🥇 gold_medal first
⚽ soccer football
🏀 basketball
🎮 game controller
🎲 dice random
🎯 dart target
🎵 music note
🎸 guitar
🎧 headphones
🎬 clapper film
📷 camera
🎨 art palette
🚀 rocket launch ship
✈️ airplane
🚗 car
🚲 bicycle bike
🚂 train
🚢 boat ship
🏠 house home
🏝️ island holiday
⛺ tent
🗻 mountain
⏰ alarm_clock
⏳ hourglass wait
💻 laptop computer
🖥️ desktop computer
⌨️ keyboard
🖨️ printer
📱 phone mobile
🔋 battery
🔌 plug
💡 bulb idea
🔦 flashlight
🕯️ candle
🔍 mag search
🔑 key
🔒 lock
🔓 unlock
🔨 hammer
🔧 wrench fix
🔩 nut_and_bolt
⚙️ gear settings
🧪 test_tube experiment
🔬 microscope
🧹 broom clean
🗑️ wastebasket trash delete
📦 package box
📌 pin
📎 paperclip
✂️ scissors
📝 memo note
📖 book read
📚 books
📅 calendar
📈 chart_up
📉 chart_down
📊 bar_chart
✉️ envelope mail
📣 megaphone announce
🔔 bell
🔕 no_bell mute
💰 money_bag
💎 gem ruby
🧩 puzzle
🪄 magic_wand
🚧 construction wip
🚨 rotating_light alarm
🏗️ building_construction`,
  ],
];
