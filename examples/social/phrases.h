#pragma once

#include <array>
#include <string_view>

// What made-up people are called and talk about.
namespace social {

inline constexpr std::array<std::string_view, 48> kFirstNames = {
    "Mara",  "Jonas",  "Aiko",  "Tomas", "Lena",  "Noor",  "Felix", "Ines",   "Ravi",  "Clara",
    "Mateo", "Yuki",   "Sofia", "Emil",  "Priya", "Oscar", "Hana",  "Lucas",  "Zoe",   "Omar",
    "Freya", "Daniel", "Mina",  "Pablo", "Greta", "Kenji", "Alma",  "Victor", "Leila", "Hugo",
    "Nadia", "Anton",  "Ruth",  "Samir", "Elsa",  "Diego", "Maya",  "Ivan",   "Rosa",  "Theo",
    "Sana",  "Bruno",  "Edith", "Arjun", "Vera",  "Malik", "June",  "Pavel"};

inline constexpr std::array<std::string_view, 61> kLastNames = {
    "Klein",  "Okafor", "Tanaka", "Silva",  "Berg",    "Haddad", "Moreau", "Rossi", "Iyer",
    "Novak",  "Garcia", "Sato",   "Lind",   "Fischer", "Mehta",  "Wilde",  "Kim",   "Duarte",
    "Frost",  "Farouk", "Holm",   "Weber",  "Park",    "Vega",   "Stein",  "Mori",  "Costa",
    "Lange",  "Nasser", "Brandt", "Petrov", "Keller",  "Adler",  "Aziz",   "Dahl",  "Reyes",
    "Shah",   "Orlov",  "Conti",  "Marsh",  "Malik",   "Ferrer", "Hale",   "Rao",   "Winter",
    "Diallo", "Snow",   "Horak",  "Baker",  "Chen",    "Nilsen", "Abadi",  "Young", "Ito",
    "Serra",  "Vogel",  "Quinn",  "Bauer",  "Lopez",   "Amin",   "Wood"};

inline constexpr std::array<std::string_view, 20> kOpenings = {
    "Finally finished",
    "Can't stop thinking about",
    "Just came back from",
    "Nobody warned me about",
    "Today I learned about",
    "Small joys:",
    "Looking for tips on",
    "Unpopular opinion about",
    "Three years later, still in love with",
    "My neighbour got me into",
    "This morning was all about",
    "A word in praise of",
    "Who else is up early for",
    "Rainy day plan:",
    "First attempt at",
    "Long overdue:",
    "Made some time for",
    "Halfway through",
    "Reminder to self:",
    "Best part of the week:"};

inline constexpr std::array<std::string_view, 24> kTopics = {"the night train to the coast",
                                                             "baking bread with my daughter",
                                                             "the harbour at six o'clock",
                                                             "repairing an old bicycle",
                                                             "a choir that sings in a garage",
                                                             "tomatoes on the balcony",
                                                             "the last chapter of a very long book",
                                                             "learning to swim at forty",
                                                             "coffee from the corner shop",
                                                             "a hike above the clouds",
                                                             "the library's new reading room",
                                                             "drawing one bird a day",
                                                             "running by the river",
                                                             "my grandmother's dumplings",
                                                             "the quiet after the snow",
                                                             "building a kite",
                                                             "the market on a Saturday",
                                                             "chess in the park",
                                                             "a concert with twelve guests",
                                                             "stargazing from the roof",
                                                             "planting an apple tree",
                                                             "the ferry to the islands",
                                                             "a table made of driftwood",
                                                             "postcards from strangers"};

inline constexpr std::array<std::string_view, 14> kEndings = {".",
                                                              ".",
                                                              ".",
                                                              "!",
                                                              "! Worth every minute.",
                                                              ". More tomorrow.",
                                                              ". Highly recommended.",
                                                              ". Send help.",
                                                              ". Photos soon.",
                                                              "... and then it rained.",
                                                              "! Who would have thought?",
                                                              ". Quietly proud.",
                                                              ". Who wants to join?",
                                                              ". It was not what I expected."};

inline constexpr std::array<std::string_view, 16> kComments = {"Love this!",
                                                               "So true.",
                                                               "Where is that?",
                                                               "Count me in.",
                                                               "You made my day.",
                                                               "I needed to hear this.",
                                                               "More pictures, please.",
                                                               "Same here!",
                                                               "That's wonderful.",
                                                               "Next time I'm coming along.",
                                                               "How long did it take?",
                                                               "Beautiful.",
                                                               "This is the way.",
                                                               "Ha, I know the feeling.",
                                                               "Thank you for sharing.",
                                                               "Goals."};

inline constexpr std::array<std::string_view, 8> kPictures = {
    "/media/harbour.svg", "/media/mountains.svg", "/media/coffee.svg", "/media/night.svg",
    "/media/forest.svg",  "/media/dunes.svg",     "/media/kite.svg",   "/media/bread.svg"};

}  // namespace social
