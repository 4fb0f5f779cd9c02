#include "replication/appointment.h"

#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

const ServerId kFirst(0);
const ServerId kSecond(1);

TEST(AppointmentTest, BeforeAnyAnybodyMayLead) {
  const Appointment appointment(2);
  EXPECT_FALSE(appointment.server());
  EXPECT_TRUE(appointment.may_lead(kFirst));
}

TEST(AppointmentTest, OneThatComesBackWritableMayNot) {
  Appointment appointment(2);
  appointment.answered(kFirst, true);
  appointment.appoint(kSecond);
  appointment.answered(kFirst, false);
  EXPECT_FALSE(appointment.may_lead(kFirst));
  EXPECT_TRUE(appointment.may_lead(kSecond));
}

TEST(AppointmentTest, OneThatWasSeenClosedAndThenOpenedMay) {
  Appointment appointment(2);
  appointment.appoint(kSecond);
  appointment.answered(kFirst, true);
  appointment.answered(kFirst, false);
  EXPECT_TRUE(appointment.may_lead(kFirst)) << "somebody has opened it";
}

TEST(AppointmentTest, ARestartInBetweenProvesNothing) {
  Appointment appointment(2);
  appointment.appoint(kSecond);
  appointment.answered(kFirst, true);
  appointment.down(kFirst);
  appointment.answered(kFirst, false);
  EXPECT_FALSE(appointment.may_lead(kFirst));
}

}  // namespace
}  // namespace understudy::replication
