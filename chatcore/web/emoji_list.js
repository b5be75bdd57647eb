/**
 * The emoji that can be typed by name, in the page and in the terminal client, which reads this file too: names and emoji
 * in turn. If an emoji has several names, the first is shown.
 */

/** @type {string[]} */
export const EMOJI = [
  "+1 👍 -1 👎 ok ✅ no ❌ heart ❤️ laugh 😂 smile 😊 sad 😢 think 🤔 eyes 👀 tada 🎉 fire 🔥 thanks 🙏 wave 👋",
  "grin 😁 grinning 😀 joy 😂 rofl 🤣 smiley 😃 sweat_smile 😅 laughing 😆 wink 😉 blush 😊 yum 😋 sunglasses 😎",
  "heart_eyes 😍 kiss 😘 hugs 🤗 star_struck 🤩 thinking 🤔 raised_eyebrow 🤨 neutral 😐 expressionless 😑 no_mouth 😶",
  "rolling_eyes 🙄 smirk 😏 persevere 😣 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 thermometer 🤒 sick 🤢",
  "sneeze 🤧 hot 🥵 cold 🥶 dizzy 😵 mind_blown 🤯 cowboy 🤠 party 🥳 nerd 🤓 monocle 🧐 confused 😕 worried 😟",
  "frown 🙁 open_mouth 😮 hushed 😯 astonished 😲 flushed 😳 pleading 🥺 fearful 😨 cold_sweat 😰 cry 😢 sob 😭 scream 😱",
  "tired 😫 yawn 🥱 triumph 😤 angry 😠 rage 😡 swearing 🤬 devil 😈 skull 💀 poop 💩 clown 🤡 ghost 👻 alien 👽 robot 🤖",
  "upside_down 🙃 zany 🤪 tongue 😛 money_mouth 🤑 shush 🤫 zipper 🤐 lying 🤥 drooling 🤤 innocent 😇 melting 🫠 salute 🫡",
  "facepalm 🤦 shrug 🤷 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊",
  "thumbsup 👍 thumbsdown 👎 clap 👏 raised_hands 🙌 pray 🙏 handshake 🤝 muscle 💪 point_up ☝️ point_down 👇 point_left 👈",
  "point_right 👉 fist ✊ punch 👊 victory ✌️ crossed_fingers 🤞 ok_hand 👌 pinch 🤏 vulcan 🖖 raised_hand ✋ writing ✍️ brain 🧠",
  "orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍 broken_heart 💔",
  "sparkling_heart 💖 100 💯 boom 💥 dizzy_star 💫 sweat_drops 💦 dash 💨 zzz 💤 speech 💬 thought 💭 check ✔️ x ✖️ plus ➕",
  "minus ➖ question ❓ exclamation ❗ warning ⚠️ stop 🛑 no_entry ⛔ recycle ♻️ sos 🆘 new 🆕 cool 🆒 free 🆓 up ⬆️ down ⬇️",
  "left ⬅️ right ➡️ red_circle 🔴 green_circle 🟢 yellow_circle 🟡 blue_circle 🔵 white_flag 🏳️ checkered_flag 🏁 rainbow_flag 🏳️‍🌈",
  "dog 🐶 cat 🐱 mouse 🐭 rabbit 🐰 fox 🦊 bear 🐻 panda 🐼 lion 🦁 cow 🐮 pig 🐷 frog 🐸 monkey 🐵 chicken 🐔 penguin 🐧",
  "bird 🐦 owl 🦉 duck 🦆 horse 🐴 unicorn 🦄 bee 🐝 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 snake 🐍 octopus 🐙 crab 🦀 fish 🐟",
  "dolphin 🐬 whale 🐳 elephant 🐘 sloth 🦥 hedgehog 🦔 rose 🌹 sunflower 🌻 tulip 🌷 blossom 🌸 tree 🌳 cactus 🌵 clover 🍀",
  "leaf 🍃 mushroom 🍄 sun ☀️ moon 🌙 star ⭐ glowing_star 🌟 sparkles ✨ cloud ☁️ rain 🌧️ thunder ⛈️ snow ❄️ snowman ⛄",
  "rainbow 🌈 umbrella ☔ ocean 🌊 volcano 🌋 earth 🌍 comet ☄️ zap ⚡ droplet 💧",
  "apple 🍎 banana 🍌 grapes 🍇 strawberry 🍓 cherries 🍒 peach 🍑 lemon 🍋 avocado 🥑 tomato 🍅 carrot 🥕 corn 🌽 bread 🍞",
  "cheese 🧀 egg 🥚 bacon 🥓 burger 🍔 fries 🍟 pizza 🍕 taco 🌮 sushi 🍣 noodles 🍜 popcorn 🍿 salad 🥗 cookie 🍪 cake 🍰",
  "birthday 🎂 chocolate 🍫 candy 🍬 icecream 🍨 donut 🍩 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine 🍷 cocktail 🍸 champagne 🍾",
  "balloon 🎈 gift 🎁 confetti 🎊 trophy 🏆 medal 🏅 first 🥇 second 🥈 third 🥉 soccer ⚽ basketball 🏀 tennis 🎾 dart 🎯",
  "game 🎮 dice 🎲 puzzle 🧩 art 🎨 music 🎵 notes 🎶 guitar 🎸 headphones 🎧 mic 🎤 movie 🎬 camera 📷 tv 📺 radio 📻 phone 📱",
  "telephone ☎️ computer 💻 keyboard ⌨️ printer 🖨️ disk 💾 cd 💿 battery 🔋 plug 🔌 bulb 💡 flashlight 🔦 candle 🕯️ book 📖",
  "books 📚 newspaper 📰 memo 📝 pencil ✏️ pen 🖊️ paperclip 📎 pushpin 📌 scissors ✂️ calendar 📅 clipboard 📋 chart 📈",
  "chart_down 📉 folder 📁 package 📦 mail ✉️ inbox 📥 outbox 📤 lock 🔒 unlock 🔓 key 🔑 bell 🔔 no_bell 🔕 link 🔗 search 🔍",
  "hammer 🔨 wrench 🔧 gear ⚙️ tools 🛠️ magnet 🧲 microscope 🔬 telescope 🔭 pill 💊 syringe 💉 money 💰 dollar 💵 card 💳 gem 💎",
  "bomb 💣 shield 🛡️ crown 👑 hat 🎩 glasses 👓 shirt 👕 shoe 👟 watch ⌚ alarm ⏰ hourglass ⏳ stopwatch ⏱️ door 🚪 bed 🛏️",
  "couch 🛋️ toilet 🚽 shower 🚿 house 🏠 office 🏢 school 🏫 hospital 🏥 bank 🏦 factory 🏭 castle 🏰 tent ⛺ city 🏙️ mountain ⛰️",
  "beach 🏖️ map 🗺️ compass 🧭 car 🚗 taxi 🚕 bus 🚌 train 🚆 bike 🚲 ship 🚢 sailboat ⛵ plane ✈️ rocket 🚀 ufo 🛸 construction 🚧",
  "siren 🚨 detective 🕵️ ninja 🥷 wizard 🧙 zombie 🧟 mermaid 🧜 superhero 🦸 baby 👶 family 👪 walk 🚶 run 🏃 dance 💃",
];
