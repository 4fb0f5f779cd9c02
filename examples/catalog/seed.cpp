#include "seed.h"

namespace catalog {
namespace {

struct OnTheShelf {
  const char* name;
  const char* description;
  const char* price;
  std::uint32_t pieces;
};

constexpr OnTheShelf kProducts[] = {
    {"Desk lamp Vega", "Warm light for late work, with a dimmer", "39.90", 25},
    {"Floor lamp Heron", "A long neck and a linen shade; lights a whole corner", "89.00", 12},
    {"Wall lamp Fjord", "Brass, for narrow corridors", "54.50", 18},
    {"Pendant lamp Bell", "Hand-blown glass above the dining table", "119.00", 9},
    {"Reading light Firefly", "Clips to a book, charges in an hour", "17.90", 60},
    {"Lounge chair Marais", "Wool upholstery and oak legs, for long evenings", "349.00", 6},
    {"Desk chair Pilot", "Follows your back, on quiet castors", "229.00", 10},
    {"Dining chair Sven", "Bent birch, stacks four high", "79.00", 32},
    {"Rocking chair Drift", "Ash, with a cushion of undyed wool", "269.00", 5},
    {"Bar stool Tall Tom", "Steel frame, seat of cork", "99.00", 16},
    {"Writing desk Ledger", "Solid oak with two drawers and a place for cables", "429.00", 4},
    {"Standing desk Stork", "Rises at the press of a button and remembers three heights", "579.00",
     7},
    {"Dining table Harvest", "Oak, for six, or eight who like each other", "690.00", 3},
    {"Side table Pebble", "A smooth top of stone on three legs", "119.00", 14},
    {"Coffee table Raft", "Recycled teak, no two alike", "199.00", 8},
    {"Bookshelf Library", "Five boards of oak, carries what you have read", "249.00", 9},
    {"Wall shelf Ledge", "Holds postcards, plants and one good radio", "34.00", 40},
    {"Shoe shelf Muddy", "For the hall; takes eight pairs", "49.00", 22},
    {"Mug Morning", "Stoneware, holds a proper cup of coffee", "12.90", 120},
    {"Tea pot Cloud", "Porcelain with a strainer, for four cups", "44.00", 20},
    {"Tea cup Petal", "Thin porcelain, set of two", "24.00", 45},
    {"Espresso cup Dot", "Double wall, keeps it hot and fingers cool", "14.50", 70},
    {"Cutting board End Grain", "Walnut, kind to knives", "59.00", 24},
    {"Chef's knife Edge", "Twenty centimetres of carbon steel", "84.00", 15},
    {"Cast iron pan Ember", "Better every year", "64.00", 19},
    {"Salad bowl Meadow", "Olive wood, large", "38.00", 21},
    {"Wool blanket Fog", "Lambswool, woven in a small mill", "129.00", 13},
    {"Cushion Moss", "Corduroy, filled with kapok", "29.00", 50},
    {"Rug Dune", "Hand-knotted wool, two by three metres", "480.00", 4},
    {"Linen curtain Breeze", "Lets the light in and the eyes out", "69.00", 26},
    {"Bath towel Harbour", "Organic cotton that dries quickly", "22.00", 64},
    {"Plant pot Terra", "Clay with a saucer, for small and large plants", "16.00", 55},
    {"Watering can Brook", "A long spout and good balance", "27.50", 28},
    {"Fig tree Ficus", "A metre tall, forgives almost everything", "48.00", 11},
    {"Herb garden Sill", "Basil, thyme and mint in one box", "25.00", 33},
    {"Wall clock Noon", "No ticking, large figures", "45.00", 17},
    {"Alarm clock Early", "Wakes with light first, then with birds", "59.00", 23},
    {"Mirror Pond", "Round, with a thin frame of oak", "109.00", 10},
    {"Coat rack Branch", "Six hooks, one for the umbrella", "74.00", 12},
    {"Candle Winter", "Beeswax, burns for forty hours", "19.50", 80},
};

}  // namespace

std::size_t seed(Catalog& shop) {
  for (const OnTheShelf& each : kProducts)
    shop.add({0, each.name, each.description, {each.price}}, each.pieces);
  return std::size(kProducts);
}

}  // namespace catalog
